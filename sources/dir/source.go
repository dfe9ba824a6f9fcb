package dir

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"

	"github.com/mudlark-scan/mudlark"
	"github.com/mudlark-scan/mudlark/sources/split"
	"github.com/sourcegraph/conc/pool"
)

// Source yields the files of some folders. It is a mudlark.Accountant.
type Source struct {
	env          mudlark.Env
	targets      []target
	follow       bool
	exclude      globs
	split        *split.Splitter
	maxFileBytes int64

	files    atomic.Int64
	excluded int
	stores   int // folders named .git
	bare     int // repositories without a work tree
	dangling int // links that lead nowhere
}

// batchItems is how many items a worker takes at a time.
const batchItems = 64

// Chunks implements mudlark.Source. One goroutine walks the folders in order,
// workers read what it comes to.
func (s *Source) Chunks(ctx context.Context, yield mudlark.Yield) error {
	workers := pool.New().WithContext(ctx).WithCancelOnError().WithFirstError().WithMaxGoroutines(s.env.Parallel())
	// The walk has to stop too when a worker fails.
	walking, stop := context.WithCancel(ctx)
	defer stop()
	w := newWalker(walking, s, func(batch []item) {
		workers.Go(func(ctx context.Context) error {
			r := reader{source: s, ctx: ctx, yield: yield}
			err := r.read(batch)
			if err != nil {
				stop()
			}
			return err
		})
	})
	w.run()
	err := workers.Wait()
	if err == nil {
		err = ctx.Err()
	}
	return err
}

// Covered implements mudlark.Accountant.
func (s *Source) Covered() mudlark.Coverage {
	c := mudlark.Coverage{Files: int(s.files.Load()) + s.split.Members()}
	note := func(n int, one, many string) {
		switch n {
		case 0:
		case 1:
			c.Notes = append(c.Notes, "1 "+one)
		default:
			c.Notes = append(c.Notes, fmt.Sprintf("%d %s", n, many))
		}
	}
	if c.Files == 0 {
		c.Notes = append(c.Notes, "there was no file to read")
	}
	note(s.excluded, "path was excluded by --exclude, with all below it", "paths were excluded by --exclude, with all below them")
	note(s.stores, "git object store was not read: `mudlark git` reads it", "git object stores were not read: `mudlark git` reads them")
	note(s.bare, "folder is a bare git repository, whose objects are compressed: `mudlark git` reads it",
		"folders are bare git repositories, whose objects are compressed: `mudlark git` reads them")
	note(s.dangling, "link leads nowhere", "links lead nowhere")
	return c
}

// join appends a name to a path with slashes.
func join(path, name string) string {
	if path == "" {
		return name
	}
	if strings.HasSuffix(path, "/") {
		return path + name
	}
	return path + "/" + name
}
