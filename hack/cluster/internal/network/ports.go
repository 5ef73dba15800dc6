package network

import (
	"fmt"
	"math/rand/v2"
	"net"
	"strconv"
)

// FreePorts finds a free loopback port for each name. They lie below the range
// from which the kernel takes the local ports of outgoing connections, so that
// none of those takes one before its component does.
func FreePorts(names []string) (map[string]int, error) {
	const low, high = 20000, 30000
	ports := map[string]int{}
	taken := map[int]bool{}
	for _, name := range names {
		for range 1000 {
			port := low + rand.IntN(high-low)
			if taken[port] || !free(port) {
				continue
			}
			taken[port], ports[name] = true, port
			break
		}
		if ports[name] == 0 {
			return nil, fmt.Errorf("no loopback port between %d and %d is free for %s", low, high, name)
		}
	}
	return ports, nil
}

func free(port int) bool {
	l, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	if err != nil {
		return false
	}
	l.Close()
	return true
}
