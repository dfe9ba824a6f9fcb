package gitrepo

import "strings"

// Shallow lists the ids of the commits whose parents were left out when the
// repository was cloned.
func (r *Repo) Shallow() ([]string, error) {
	var problems Problems
	var ids []string
	file := r.common.join("shallow")
	text, err := r.common.read("shallow", maxFetch)
	if err != nil && !absent(err) {
		problems.add(file, 0, err)
	}
	for n, line := range lines(text) {
		if id, rest, ok := r.cutID(line); ok && len(rest) == 0 {
			ids = append(ids, id)
		} else if len(line) > 0 {
			problems.add(file, n, corrupt("not an object id"))
		}
	}
	return ids, problems.err()
}

// A Graft gives a commit other parents than it has, for git's own eyes.
type Graft struct {
	Commit  string
	Parents []string
}

// Grafts reads info/grafts, which git still honours.
func (r *Repo) Grafts() ([]Graft, error) {
	var problems Problems
	var grafts []Graft
	file := r.common.join("info/grafts")
	text, err := r.common.read("info/grafts", maxFetch)
	if err != nil && !absent(err) {
		problems.add(file, 0, err)
	}
	for n, line := range lines(text) {
		if len(line) == 0 || line[0] == '#' {
			continue
		}
		var ids []string
		for word := range strings.FieldsSeq(string(line)) {
			id, rest, ok := r.cutID([]byte(word))
			if !ok || len(rest) > 0 {
				ids = nil
				break
			}
			ids = append(ids, id)
		}
		if ids == nil {
			problems.add(file, n, corrupt("not a line of object ids"))
			continue
		}
		grafts = append(grafts, Graft{ids[0], ids[1:]})
	}
	return grafts, problems.err()
}
