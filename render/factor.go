//go:build !race

package render

// dataFactor is how much of the memory limit the kernel lets a worker map.
const dataFactor = 2
