// A hub of Server-Sent Events on net/http, as one writes it: a goroutine and a buffered channel per client.
//
//	hub PORT REDIS_PORT CHANNEL
package main

import (
	"bufio"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
)

const queued = 256

type hub struct {
	mutex   sync.RWMutex
	clients map[chan []byte]struct{}
}

// A client that does not keep up is let go: it comes again.
func (h *hub) publish(block []byte) {
	h.mutex.RLock()
	defer h.mutex.RUnlock()
	for client := range h.clients {
		select {
		case client <- block:
		default:
			log.Print("a client does not keep up")
		}
	}
}

func (h *hub) ServeHTTP(response http.ResponseWriter, request *http.Request) {
	flusher := response.(http.Flusher)
	response.Header().Set("Content-Type", "text/event-stream")
	response.Header().Set("Cache-Control", "no-cache")
	response.WriteHeader(200)
	flusher.Flush()
	client := make(chan []byte, queued)
	h.mutex.Lock()
	h.clients[client] = struct{}{}
	h.mutex.Unlock()
	defer func() {
		h.mutex.Lock()
		delete(h.clients, client)
		h.mutex.Unlock()
	}()
	for {
		select {
		case block := <-client:
			if _, err := response.Write(block); err != nil {
				return
			}
			flusher.Flush()
		case <-request.Context().Done():
			return
		}
	}
}

func line(reader *bufio.Reader) string {
	text, err := reader.ReadString('\n')
	if err != nil {
		log.Fatal("Redis ended: ", err)
	}
	return strings.TrimRight(text, "\r\n")
}

// The words of one push; integers are left out.
func push(reader *bufio.Reader) (words [][]byte) {
	count, _ := strconv.Atoi(line(reader)[1:])
	for ; count > 0; count-- {
		head := line(reader)
		if head[0] == ':' {
			continue
		}
		size, _ := strconv.Atoi(head[1:])
		word := make([]byte, size+2)
		if _, err := io.ReadFull(reader, word); err != nil {
			log.Fatal("Redis ended: ", err)
		}
		words = append(words, word[:size])
	}
	return words
}

func (h *hub) follow(port, channel string) {
	connection, err := net.Dial("tcp", "127.0.0.1:"+port)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Fprintf(connection, "*2\r\n$9\r\nSUBSCRIBE\r\n$%d\r\n%s\r\n", len(channel), channel)
	reader := bufio.NewReaderSize(connection, 1<<16)
	for {
		words := push(reader)
		if string(words[0]) == "message" {
			h.publish([]byte("data: " + string(words[2]) + "\n\n"))
		}
	}
}

func main() {
	h := &hub{clients: map[chan []byte]struct{}{}}
	go h.follow(os.Args[2], os.Args[3])
	log.Fatal(http.ListenAndServe("127.0.0.1:"+os.Args[1], h))
}
