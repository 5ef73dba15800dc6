package render

import "context"

type pool struct{}

func newPool([]string, int, Limits) *pool { return &pool{} }

func (p *pool) close() error { return nil }

func (p *pool) render(ctx context.Context, j job) (Result, error) { return render(ctx, j) }
