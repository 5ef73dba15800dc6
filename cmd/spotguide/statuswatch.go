package main

import (
	"context"
	"fmt"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/spotguide/spotguide/cmd/spotguide/internal/fleet"
	"github.com/spotguide/spotguide/cmd/spotguide/internal/overview"
	"github.com/spotguide/spotguide/cmd/spotguide/internal/terminal"
)

// watch shows what changes until it is interrupted, which is no failure.
func (s statusCommand) watch(ctx context.Context) error {
	ctx, stop := signal.NotifyContext(ctx, syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	show := s.stream
	if terminal.Is(s.out) && (s.format == "" || s.format == "wide") {
		show = s.redraw
	}
	if err := show(ctx); ctx.Err() == nil {
		return err
	}
	return nil
}

// stream prints everything, and then what changes, as kubectl does.
func (s statusCommand) stream(ctx context.Context) error {
	var before []overview.Row
	var widths []int
	return fleet.Watch(ctx, s.client, s.namespace, func(all []fleet.Namespace) (bool, error) {
		rows := overview.Rows(all)
		changed := overview.Changed(before, rows)
		first := before == nil
		before = rows
		switch s.format {
		case "json", "yaml", "name":
			return false, s.streamDocuments(changed)
		}
		t := overview.Table(changed, s.columns(), time.Now())
		if !first {
			t.Header = nil
		}
		t.Widths = widths
		err := t.Write(s.out, s.look())
		widths = t.Widths
		return false, err
	})
}

// streamDocuments prints one document for each row.
func (s statusCommand) streamDocuments(rows []overview.Row) error {
	for _, r := range rows {
		if err := s.print(r); err != nil {
			return err
		}
	}
	return nil
}

// redraw keeps a table on the terminal up to date. The clock makes ages grow;
// the cluster is only heard, never asked.
func (s statusCommand) redraw(ctx context.Context) error {
	screen := terminal.Open(s.out)
	last := ""
	defer func() {
		screen.Close()
		fmt.Fprint(s.out, last) // stays in sight
	}()
	heard := make(chan []fleet.Namespace)
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error {
		return fleet.Watch(ctx, s.client, s.namespace, func(all []fleet.Namespace) (bool, error) {
			select {
			case heard <- all:
			case <-ctx.Done():
			}
			return false, nil
		})
	})
	group.Go(func() error {
		clock := time.NewTicker(time.Second)
		defer clock.Stop()
		rows := []overview.Row(nil)
		for {
			select {
			case <-ctx.Done():
				return nil
			case all := <-heard:
				rows = overview.Rows(all)
			case <-clock.C:
			}
			var text strings.Builder
			t := overview.Table(rows, s.columns(), time.Now())
			if err := t.Write(&text, s.look()); err != nil {
				return err
			}
			last = text.String()
			screen.Draw(last)
		}
	})
	return group.Wait()
}
