package gitpack

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sort"
	"sync"
)

// A CommitGraph is git's table of commits: what a walk through history needs to
// know of each, without reading it. It need not hold all commits, and it may
// hold some that the store no longer has. Git keeps none where history is cut
// short or rewritten (shallow clones, grafts, replaced objects), so whoever
// reads such a repository should not use one that was left there.
//
// What it says is as git wrote it, by the file's own checksum; that it is what
// the commits say is not checked. Many goroutines may use it at once, until the
// store is closed.
type CommitGraph struct {
	layers []*graphLayer // each continues the numbers of the one before
	n      int
}

// A GraphCommit is what a commit graph says of a commit.
type GraphCommit struct {
	OID        OID
	Tree       OID
	Parents    []uint32 // by their numbers
	Date       int64    // the committer's, in seconds since 1970
	Generation uint32   // greater than that of every parent
}

// graphOnce is the commit graph of a store, once it was asked for.
type graphOnce struct {
	once  sync.Once
	graph *CommitGraph
	err   error
}

// CommitGraph returns the store's commit graph; nil if there is none. An error
// means that there is one that cannot be relied on.
func (s *Store) CommitGraph() (*CommitGraph, error) {
	g := &s.graph
	g.once.Do(func() {
		g.err = guarded(func() (err error) {
			g.graph, err = s.openGraph()
			return err
		})
		if g.err != nil {
			g.graph = nil
		}
	})
	return g.graph, g.err
}

// openGraph opens the commit graph of the first object directory that has one,
// as git does: a single file before a chain of them.
func (s *Store) openGraph() (*CommitGraph, error) {
	for _, d := range s.loose {
		info := filepath.Join(d.root, "info")
		single := filepath.Join(info, "commit-graph")
		if _, err := os.Lstat(single); err == nil {
			g := new(CommitGraph)
			return g, s.addLayer(g, single, nil)
		}
		chain := filepath.Join(info, "commit-graphs", "commit-graph-chain")
		if _, err := os.Lstat(chain); err == nil {
			return s.openChain(chain)
		}
	}
	return nil, nil
}

const (
	maxGraphLayers = 256 // the number of layers below one is a byte
	maxGraphChain  = maxGraphLayers * (2*32 + 2)
)

// openChain opens the layers that a file names by their hashes, the oldest first.
func (s *Store) openChain(path string) (*CommitGraph, error) {
	f, err := openFile(path, false)
	if err != nil {
		return nil, Problem{path, err}
	}
	defer f.Close()
	if f.size > maxGraphChain {
		return nil, Problem{path, graphError("%d bytes are too many", f.size)}
	}
	var held []byte
	text, err := f.bytes(0, f.size, &held)
	if err != nil {
		return nil, Problem{path, err}
	}
	g := new(CommitGraph)
	var below [][]byte
	for line := range bytes.Lines(text) {
		line = bytes.TrimRight(line, "\r\n")
		hash := make([]byte, s.format.Size())
		if n, err := hex.Decode(hash, line[:min(len(line), 2*len(hash))]); err != nil || n != len(hash) || len(line) != 2*len(hash) {
			return nil, Problem{path, graphError("line %d is no hash", len(below)+1)}
		}
		if err := s.addLayer(g, s.layerPath(path, hash), below); err != nil {
			return nil, err
		}
		below = append(below, hash)
	}
	if len(below) == 0 {
		return nil, Problem{path, graphError("it names no file")}
	}
	return g, nil
}

// layerPath returns where the layer of a hash lies that a chain names: beside the
// chain or in another object directory.
func (s *Store) layerPath(chain string, hash []byte) string {
	name := fmt.Sprintf("graph-%x.graph", hash)
	beside := filepath.Join(filepath.Dir(chain), name)
	if _, err := os.Lstat(beside); !errors.Is(err, fs.ErrNotExist) {
		return beside
	}
	for _, d := range s.loose {
		path := filepath.Join(d.root, "info", "commit-graphs", name)
		if _, err := os.Lstat(path); err == nil {
			return path
		}
	}
	return beside
}

// addLayer puts a file on top of a graph whose layers have the hashes below.
func (s *Store) addLayer(g *CommitGraph, path string, below [][]byte) error {
	f, err := openFile(path, !s.options.noMap)
	if err != nil {
		return Problem{path, err}
	}
	var held []byte
	data, err := f.bytes(0, f.size, &held)
	if err == nil {
		var layer *graphLayer
		if layer, err = parseLayer(data, s.format, below); err == nil {
			err = g.add(layer)
		}
	}
	if err != nil || f.data == nil {
		f.Close()
	} else {
		s.graphFiles = append(s.graphFiles, f)
	}
	if err != nil {
		return Problem{path, err}
	}
	return nil
}

func (g *CommitGraph) add(l *graphLayer) error {
	l.first = g.n
	if g.n+l.n > maxGraphCommits {
		return graphError("too many commits")
	}
	g.layers = append(g.layers, l)
	g.n += l.n
	return g.check(l)
}

// Len returns the number of commits, which are numbered from 0.
func (g *CommitGraph) Len() int { return g.n }

// layer returns the layer that holds commit i, and its place there.
func (g *CommitGraph) layer(i int) (*graphLayer, int) {
	last := len(g.layers) - 1
	for last > 0 && i < g.layers[last].first {
		last--
	}
	return g.layers[last], i - g.layers[last].first
}

// Find returns the number of a commit.
func (g *CommitGraph) Find(o OID) (i int, ok bool) {
	err := guarded(func() error {
		for _, l := range g.layers {
			if i, ok = l.find(o.raw[:o.size]); ok {
				i += l.first
				return nil
			}
		}
		return nil
	})
	return i, ok && err == nil
}

// At returns commit i, with its parents in buf if that is large enough. An error
// means that the file can no longer be read.
func (g *CommitGraph) At(i int, buf []uint32) (c GraphCommit, err error) {
	if uint(i) >= uint(g.n) {
		return GraphCommit{}, ErrNotFound
	}
	err = guarded(func() error {
		l, at := g.layer(i)
		c, err = l.commit(at, buf)
		return err
	})
	return c, err
}

// check holds a layer against what is below it: parents come from there or from
// the layer itself, and have smaller generations, so that nobody is led in a
// circle.
func (g *CommitGraph) check(l *graphLayer) error {
	var buf []uint32
	edges := 0
	for i := range l.n {
		c, err := l.commit(i, buf)
		if err != nil {
			return err
		}
		buf = c.Parents
		if len(c.Parents) > 2 {
			// Git writes each commit's list once; to share them could make a
			// small file endless.
			if edges += len(c.Parents) - 1; edges > len(l.edges)/graphWord {
				return graphError("lists of parents overlap")
			}
		}
		for _, p := range c.Parents {
			if int64(p) >= int64(g.n) {
				return graphError("commit %d has a parent that is not there", l.first+i)
			}
			below, at := g.layer(int(p))
			if below.generation(at) >= c.Generation {
				return graphError("commit %d is not of a later generation than its parent", l.first+i)
			}
		}
	}
	return nil
}

func (l *graphLayer) find(id []byte) (int, bool) {
	if len(id) != l.size {
		return 0, false
	}
	low := 0
	if id[0] > 0 {
		low = l.fan(int(id[0]) - 1)
	}
	n := l.fan(int(id[0])) - low
	i := low + sort.Search(n, func(i int) bool { return bytes.Compare(l.name(low+i), id) >= 0 })
	return i, i < l.n && bytes.Equal(l.name(i), id)
}
