package gitpack

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
)

// A graphLayer is one file of a commit graph ("gitformat-commit-graph").
type graphLayer struct {
	size    int // of an id
	n       int
	first   int    // the number of its first commit: how many are in the layers below
	fans    []byte // as in an index
	names   []byte
	commits []byte // of each: tree, two parents, generation and date
	edges   []byte // the parents but the first of commits with more than two
}

const (
	graphHead  = 8
	graphChunk = 12 // an entry of the table of chunks
	graphWord  = 4
	graphData  = 16 // what is told of a commit besides its tree

	graphNoParent   = 0x70000000
	graphManyMark   = 1 << 31 // in place of the second parent: a place in edges
	graphLastMark   = 1 << 31 // on the last of a list in edges
	maxGraphCommits = graphNoParent
)

var errGraph = errors.New("damaged commit graph")

func graphError(format string, args ...any) error {
	return fmt.Errorf("%w: %s", errGraph, fmt.Sprintf(format, args...))
}

// parseLayer reads a file that should lie on top of those with the hashes below.
// Data is kept.
func parseLayer(data []byte, f Format, below [][]byte) (*graphLayer, error) {
	l := &graphLayer{size: f.Size()}
	if len(data) < graphHead+l.size || string(data[:4]) != "CGPH" || data[4] != 1 {
		return nil, graphError("not one of a known version")
	}
	if data[5] != byte(f)+1 {
		return nil, graphError("ids are of another kind")
	}
	end := len(data) - l.size
	h := newHasher(f)
	h.h.Write(data[:end])
	if !bytes.Equal(h.h.Sum(nil), data[end:]) {
		return nil, graphError("its checksum is wrong")
	}
	bases, err := l.split(data[:end])
	if err != nil {
		return nil, err
	}
	if int(data[7]) != len(below) || !bytes.Equal(bases, bytes.Join(below, nil)) {
		return nil, graphError("it was written for other files below it")
	}
	return l, l.checkNames()
}

// split finds the chunks. It returns the hashes of the files below.
func (l *graphLayer) split(data []byte) (bases []byte, err error) {
	chunks := int(data[6])
	if len(data) < graphHead+(chunks+1)*graphChunk {
		return nil, graphError("%v", errTruncated)
	}
	table := data[graphHead:]
	for range chunks {
		from, to := binary.BigEndian.Uint64(table[4:]), binary.BigEndian.Uint64(table[graphChunk+4:])
		if from > to || to > uint64(len(data)) {
			return nil, graphError("chunk lies outside the file")
		}
		chunk := data[from:to]
		switch string(table[:4]) {
		case "OIDF":
			l.fans = chunk
		case "OIDL":
			l.names = chunk
		case "CDAT":
			l.commits = chunk
		case "EDGE":
			l.edges = chunk
		case "BASE":
			bases = chunk
		}
		table = table[graphChunk:]
	}
	if len(l.fans) != fanBytes {
		return nil, graphError("no fan-out table")
	}
	n := int64(binary.BigEndian.Uint32(l.fans[fanBytes-4:]))
	if int64(len(l.names)) != n*int64(l.size) || int64(len(l.commits)) != n*int64(l.size+graphData) {
		return nil, graphError("tables are not of the stated size")
	}
	l.n = int(n)
	return bases, nil
}

// checkNames makes sure that a search finds every name.
func (l *graphLayer) checkNames() error {
	low := 0
	for b := range 256 {
		high := l.fan(b)
		if high < low || high > l.n {
			return graphError("fan-out table is not in order")
		}
		for ; low < high; low++ {
			if l.name(low)[0] != byte(b) || low > 0 && bytes.Compare(l.name(low-1), l.name(low)) >= 0 {
				return graphError("names are not in order")
			}
		}
	}
	return nil
}

func (l *graphLayer) fan(b int) int { return int(binary.BigEndian.Uint32(l.fans[4*b:])) }

func (l *graphLayer) name(i int) []byte { return l.names[i*l.size:][:l.size:l.size] }

func (l *graphLayer) data(i int) []byte { return l.commits[i*(l.size+graphData):][:l.size+graphData] }

func (l *graphLayer) generation(i int) uint32 {
	return binary.BigEndian.Uint32(l.data(i)[l.size+8:]) >> 2
}

// commit returns what is told of commit i, with its parents in buf.
func (l *graphLayer) commit(i int, buf []uint32) (GraphCommit, error) {
	b := l.data(i)
	c := GraphCommit{OID: makeOID(l.name(i)), Tree: makeOID(b[:l.size]), Parents: buf[:0]}
	b = b[l.size:]
	first, second := binary.BigEndian.Uint32(b), binary.BigEndian.Uint32(b[4:])
	// 30 bits of generation, 34 of date.
	when := binary.BigEndian.Uint64(b[8:])
	c.Generation, c.Date = uint32(when>>34), int64(when&(1<<34-1))
	if first == graphNoParent && second == graphNoParent {
		return c, nil
	}
	c.Parents = append(c.Parents, first)
	switch {
	case second&graphManyMark != 0:
		err := l.more(&c, second&^graphManyMark)
		return c, err
	case second != graphNoParent:
		c.Parents = append(c.Parents, second)
	}
	return c, nil
}

// more adds the parents that stand in a list of edges.
func (l *graphLayer) more(c *GraphCommit, at uint32) error {
	for i := int64(at) * graphWord; i+graphWord <= int64(len(l.edges)); i += graphWord {
		edge := binary.BigEndian.Uint32(l.edges[i:])
		c.Parents = append(c.Parents, edge&^graphLastMark)
		if edge&graphLastMark != 0 {
			return nil
		}
	}
	return graphError("list of parents does not end")
}
