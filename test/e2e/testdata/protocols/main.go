// Program protocols answers in four protocols: HTTP and WebSocket on 8080, gRPC
// on 9090, and lines over TCP on 7000.
package main

import (
	"bufio"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"

	"golang.org/x/net/websocket"
)

func main() {
	failed := make(chan error)
	go func() { failed <- web() }()
	go func() { failed <- rpc() }()
	go func() { failed <- lines() }()
	log.Fatal(<-failed)
}

// web says who asked for which host, and echoes messages.
func web() error {
	mux := http.NewServeMux()
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { fmt.Fprintf(w, "http to %s", r.Host) })
	mux.Handle("/echo", websocket.Server{Handler: func(c *websocket.Conn) {
		_, _ = io.Copy(c, c)
	}})
	return http.ListenAndServe(":8080", mux)
}

// rpc answers grpc.health.v1.Health/Check with SERVING. It speaks gRPC over HTTP/2
// as its protocol page has it: a length-prefixed message, and the status in
// trailers.
func rpc() error {
	protocols := new(http.Protocols)
	protocols.SetUnencryptedHTTP2(true)
	server := &http.Server{Addr: ":9090", Protocols: protocols, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "application/grpc")
		w.Header().Set("Trailer", "Grpc-Status")
		status := "12" // unimplemented
		if r.ProtoMajor == 2 && r.URL.Path == "/grpc.health.v1.Health/Check" {
			status = "0"
			_, _ = w.Write([]byte{0, 0, 0, 0, 2, 0x08, 0x01})
		}
		w.Header().Set("Grpc-Status", status)
	})}
	return server.ListenAndServe()
}

// lines repeats each line.
func lines() error {
	l, err := net.Listen("tcp", ":7000")
	if err != nil {
		return err
	}
	for {
		c, err := l.Accept()
		if err != nil {
			return err
		}
		go func() {
			defer c.Close()
			for s := bufio.NewScanner(c); s.Scan(); {
				fmt.Fprintf(c, "tcp %s\n", s.Text())
			}
		}()
	}
}
