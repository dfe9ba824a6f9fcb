package gitrepo

import (
	"bytes"
	"iter"
	"slices"
	"strings"
)

// packedRefs is the content of a packed-refs file, sorted by name.
type packedRefs struct {
	refs     []Ref
	problems Problems
}

// packedRefs reads the file once.
func (r *Repo) packedRefs() (*packedRefs, error) {
	if r.packed == nil {
		r.packed = &packedRefs{}
		text, err := r.common.read("packed-refs", maxPacked)
		switch {
		case err == nil:
			r.packed.refs, r.packed.problems = r.parsePacked(text)
			for i := range r.packed.problems {
				r.packed.problems[i].Path = r.common.join("packed-refs")
			}
		case !absent(err):
			r.packed.problems.add(r.common.join("packed-refs"), 0, err)
		}
	}
	return r.packed, r.packed.problems.err()
}

func (p *packedRefs) find(name string) (Ref, bool) {
	i, ok := slices.BinarySearchFunc(p.refs, name, func(ref Ref, name string) int { return strings.Compare(ref.Name, name) })
	if !ok {
		return Ref{}, false
	}
	return p.refs[i], true
}

// parsePacked reads lines of an id and a name, each of which a line of "^" and
// an id may follow: what the tag before it leads to.
func (r *Repo) parsePacked(text []byte) ([]Ref, Problems) {
	var refs []Ref
	var problems Problems
	for n, line := range lines(text) {
		if len(line) == 0 || line[0] == '#' {
			continue
		}
		peeled, isPeeled := bytes.CutPrefix(line, []byte("^"))
		id, rest, ok := r.cutID(peeled)
		switch {
		case isPeeled && ok && len(rest) == 0 && len(refs) > 0:
			refs[len(refs)-1].Peeled = id
		case !isPeeled && ok && len(rest) > 1 && rest[0] == ' ':
			refs = append(refs, Ref{Name: string(rest[1:]), Target: id})
		default:
			problems.add("", n, corrupt("no object id and name of a ref"))
		}
	}
	byName := func(a, b Ref) int { return strings.Compare(a.Name, b.Name) }
	if !slices.IsSortedFunc(refs, byName) {
		slices.SortStableFunc(refs, byName)
	}
	if len(text) > 0 && text[len(text)-1] != '\n' {
		problems.add("", 0, corrupt("the last line does not end"))
	}
	return refs, problems
}

// lines yields the lines of text with their numbers, from 1, without their ends.
func lines(text []byte) iter.Seq2[int, []byte] {
	return func(yield func(int, []byte) bool) {
		for n := 1; len(text) > 0; n++ {
			line, rest, _ := bytes.Cut(text, []byte("\n"))
			if !yield(n, bytes.TrimSuffix(line, []byte("\r"))) {
				return
			}
			text = rest
		}
	}
}
