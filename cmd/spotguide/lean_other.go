//go:build !linux

package main

import (
	"context"
	"log/slog"
)

// keepLean is Linux's.
func keepLean(context.Context, *slog.Logger) {}
