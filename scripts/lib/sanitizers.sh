# Sourced by scripts/test: the whole Swift suite under ThreadSanitizer and AddressSanitizer.
#
# What a sanitizer may overlook stands in scripts/lib/sanitizer-suppressions, each line with its reason; nothing else is
# passed over.

sanitizer_flags() {
    case "$1" in
        thread) echo "--sanitize=thread" ;;
        # XCTest's discovery and gold do not go together with it.
        address) echo "--sanitize=address --disable-xctest -Xswiftc -use-ld=lld" ;;
    esac
}

# A sanitizer that finds nothing must be one that can: a program with the fault in it has to fail.
sanitizer_canary() {
    local kind="$1" folder="$2"
    mkdir -p "$folder"
    cat >"$folder/thread.swift" <<'SWIFT'
import Glibc
nonisolated(unsafe) var shared = 0
var threads = [pthread_t](repeating: pthread_t(), count: 2)
for index in 0..<2 {
    pthread_create(&threads[index], nil, { _ in for _ in 0..<1000 { shared += 1 }; return nil }, nil)
}
for thread in threads { pthread_join(thread, nil) }
SWIFT
    cat >"$folder/address.swift" <<'SWIFT'
let pointer = UnsafeMutablePointer<UInt8>.allocate(capacity: 8)
pointer.deallocate()
print(pointer[3])
SWIFT
    if ! swiftc -sanitize="$kind" -use-ld=lld -o "$folder/$kind" "$folder/$kind.swift" 2>"$folder/$kind.log"; then
        cat "$folder/$kind.log" >&2
        return 1
    fi
    if SWIFT_BACKTRACE=enable=no "$folder/$kind" >/dev/null 2>&1; then
        echo "guildwire: the $kind sanitizer does not see a planted fault, so its silence means nothing" >&2
        return 1
    fi
}

# build_sanitized KIND SCRATCH
build_sanitized() {
    local kind="$1" scratch="$2" flags
    read -ra flags <<<"$(sanitizer_flags "$kind")"
    sanitizer_canary "$kind" "$scratch/canary"
    swift build --build-tests "${flags[@]}" --scratch-path "$scratch"
}

# test_sanitized KIND SCRATCH LOG
test_sanitized() {
    local kind="$1" scratch="$2" log="$3" flags
    read -ra flags <<<"$(sanitizer_flags "$kind")"
    # One test at a time: under a sanitizer each is slow enough to starve another that waits for it.
    TSAN_OPTIONS="suppressions=$PWD/scripts/lib/sanitizer-suppressions" ASAN_OPTIONS="detect_leaks=0" \
        scripts/lib/run-tests "$log" \
        swift test --skip-build --no-parallel --disable-xctest "${flags[@]}" --scratch-path "$scratch" || return 1
    if grep -qE 'WARNING: ThreadSanitizer|ERROR: AddressSanitizer' "$log"; then
        grep -A40 -E 'WARNING: ThreadSanitizer|ERROR: AddressSanitizer' "$log" | head -120
        return 1
    fi
}

# tests_in LOG: how many tests a run had.
tests_in() { sed -nE 's/.*Test run with ([0-9]+) tests.*/\1/p' "$1" | tail -1; }
