/// A self-signed certificate for localhost and 127.0.0.1, valid into the next century, with its key. It
/// protects nothing: whoever reads this file can use it.
enum TestCertificate {
    static let certificate = """
        -----BEGIN CERTIFICATE-----
        MIIBdTCCASegAwIBAgIURs9tnjAkX8NzrI+GTlhhjSXUCE4wBQYDK2VwMBkxFzAV
        BgNVBAMMDmd1aWxkd2lyZSB0ZXN0MCAXDTI2MTEyMTA2MjQyMloYDzIxMjYxMDI4
        MDYyNDIyWjAZMRcwFQYDVQQDDA5ndWlsZHdpcmUgdGVzdDAqMAUGAytlcAMhAG7k
        y+ZnnqAG1LzKJPoorkXtwIHC+ut8Marudr6RhaGho38wfTAdBgNVHQ4EFgQUgEZD
        rQMeqnmJZVYcUdZY5SRDw1UwHwYDVR0jBBgwFoAUgEZDrQMeqnmJZVYcUdZY5SRD
        w1UwDwYDVR0TAQH/BAUwAwEB/zAaBgNVHREEEzARgglsb2NhbGhvc3SHBH8AAAEw
        DgYDVR0PAQH/BAQDAgKEMAUGAytlcANBAMCX/ngqUloaqxVS90bT6NDzq8WlJYmJ
        BqM6pXX2WHiaSxb7K5+EJyazx/ktq1+zwaNBxj7ns3mk6vXYEo4wOAk=
        -----END CERTIFICATE-----

        """
    static let key = """
        -----BEGIN PRIVATE KEY-----
        MC4CAQAwBQYDK2VwBCIEIIGLIK1qSpvL7FKaePOmdnNGkLsEzhf/wzGqpVABVJUh
        -----END PRIVATE KEY-----

        """
}
