//go:build race

package render

// dataFactor leaves room for the race detector's own books.
const dataFactor = 1024
