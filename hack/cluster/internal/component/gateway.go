package component

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
)

// runGateway passes connections on: "gateway LISTEN TARGET". The API server
// listens on the loopback address alone; real nodes reach it through this.
func runGateway(ctx context.Context) int {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "gateway: want the address to listen on and the one to pass on to")
		return 1
	}
	if err := pass(ctx, os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, "gateway:", err)
		return 1
	}
	return 0
}

func pass(ctx context.Context, listen, target string) error {
	listener, err := net.Listen("tcp", listen)
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	defer context.AfterFunc(ctx, func() { listener.Close() })()
	for {
		client, err := listener.Accept()
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return fmt.Errorf("accept: %w", err)
		}
		go func() {
			if err := join(client, target); err != nil {
				fmt.Fprintln(os.Stderr, "gateway:", err)
			}
		}()
	}
}

// join copies both ways until both sides have said all.
func join(client net.Conn, target string) error {
	defer client.Close()
	server, err := net.Dial("tcp", target)
	if err != nil {
		return fmt.Errorf("connect: %w", err)
	}
	defer server.Close()
	done := make(chan error, 1)
	go func() { done <- half(server, client) }()
	return errors.Join(half(client, server), <-done)
}

func half(to, from net.Conn) error {
	_, err := io.Copy(to, from)
	if tcp, ok := to.(*net.TCPConn); ok {
		// fails only where the connection is gone, which is where this leads to
		_ = tcp.CloseWrite()
	}
	return err
}
