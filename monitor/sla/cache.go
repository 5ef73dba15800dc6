package sla

import (
	"runtime"
	"sync"
	"weak"
)

// cache shares what is made of equal keys for as long as somebody uses it, and
// does not keep it alive itself. Safe for concurrent use.
type cache[K comparable, V any] struct {
	mu     sync.Mutex
	values map[K]weak.Pointer[V]
}

// get returns the value that is in use, or makes one. Errors are not kept.
func (c *cache[K, V]) get(key K, build func() (*V, error)) (*V, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if v := c.values[key].Value(); v != nil {
		return v, nil
	}
	v, err := build()
	if err != nil {
		return nil, err
	}
	if c.values == nil {
		c.values = map[K]weak.Pointer[V]{}
	}
	c.values[key] = weak.Make(v)
	runtime.AddCleanup(v, c.drop, key)
	return v, nil
}

// drop forgets a value that is gone, unless it was made again meanwhile.
func (c *cache[K, V]) drop(key K) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.values[key].Value() == nil {
		delete(c.values, key)
	}
}
