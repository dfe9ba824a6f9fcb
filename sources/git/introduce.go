package git

import (
	"slices"

	"github.com/mudlark-scan/mudlark"
)

// A secretKey identifies a secret: two findings of it tell of the same thing.
type secretKey struct {
	rule   string
	secret mudlark.Sensitive
}

func keyOf(f *mudlark.Finding) secretKey { return secretKey{f.RuleID, f.Secret} }

// A gradedKey is a secret with a grade: what came in is worth telling again once
// more speaks for it, as when the other half of a pair joins it.
type gradedKey struct {
	secretKey
	grade mudlark.Confidence
}

// A lineKey is a secret on a line.
type lineKey struct {
	gradedKey
	line mudlark.Sensitive
}

func gradeOf(f *mudlark.Finding, grade mudlark.Confidence) gradedKey {
	return gradedKey{keyOf(f), grade}
}

func lineOf(f *mudlark.Finding, grade mudlark.Confidence) lineKey {
	return lineKey{gradeOf(f, grade), f.Excerpt.Text}
}

// introduced returns which of a version's findings are new: own and parents
// list findings by their index, parents for each version that this one was made
// from. A secret is new as often as the version has it more often than any of
// the parents has it with that grade or a higher one; where a line with it stands
// in no parent, that is the new one.
// What a merge brings together from its parents is not new.
func introduced(found []mudlark.Finding, own []int, parents [][]int) []int {
	if len(parents) == 0 {
		return own
	}
	most := map[gradedKey]int{}  // in one parent
	lines := map[lineKey]int{}   // in all parents
	count := map[gradedKey]int{} // own ones that the parents account for
	for _, parent := range parents {
		clear(count)
		for _, i := range parent {
			f := &found[i]
			for grade := range f.Confidence + 1 {
				lines[lineOf(f, grade)]++
				count[gradeOf(f, grade)]++
			}
		}
		for key, n := range count {
			most[key] = max(most[key], n)
		}
	}
	clear(count)
	var fresh []int // on lines that no parent has
	for _, i := range own {
		f := &found[i]
		count[gradeOf(f, f.Confidence)]++
		if line := lineOf(f, f.Confidence); lines[line] > 0 {
			lines[line]--
		} else {
			fresh = append(fresh, i)
		}
	}
	return slices.DeleteFunc(fresh, func(i int) bool {
		key := gradeOf(&found[i], found[i].Confidence)
		if count[key] <= most[key] {
			return true
		}
		count[key]--
		return false
	})
}

// A contents groups findings by the content that they were found in.
type contents struct {
	found []mudlark.Finding
	at    map[string][]int // by Origin.Object: indexes in found
}

// group collects the findings of which is says that they are in content of
// files.
func group(found []mudlark.Finding, is func(*mudlark.Finding) bool) *contents {
	c := &contents{found, map[string][]int{}}
	for i := range found {
		if is(&found[i]) {
			c.at[found[i].Origin.Object] = append(c.at[found[i].Origin.Object], i)
		}
	}
	return c
}

// new returns which findings of an object are new compared with the objects
// that it was made from.
func (c *contents) new(object string, before []string) []int {
	var parents [][]int
	for _, b := range before {
		if at := c.at[b]; len(at) > 0 {
			parents = append(parents, at)
		}
	}
	return introduced(c.found, c.at[object], parents)
}

// moved returns the path of a finding in content at path, which was found in the
// same content at first: members of archives keep their own part.
func moved(f *mudlark.Finding, first, path string) string {
	if rest, ok := cutMember(f.Origin.Path, first); ok {
		return path + rest
	}
	return path
}

// cutMember cuts the path of an archive off that of a member.
func cutMember(path, archive string) (string, bool) {
	if len(path) > len(archive) && path[:len(archive)] == archive && path[len(archive)] == '!' {
		return path[len(archive):], true
	}
	return "", false
}

// isContent reports whether a finding is in content of a file or of a link, or in
// what an archive says of its members, but not in a part of the repository that
// is no blob.
func isContent(f *mudlark.Finding) bool {
	switch f.Origin.Part {
	case partMessage, partHeader, partTag, partRef, partReflog, partFile:
		return false
	}
	return f.Origin.Object != "" || f.Origin.Labels[labelLFS] != ""
}

// A namedSecret is a secret in a path name, cut after the name that it ends in.
type namedSecret struct {
	key  secretKey
	path string
}

func nameOf(f *mudlark.Finding) namedSecret { return namedSecret{keyOf(f), upTo(f)} }

// inNames calls each for the secrets in path names that are wanted, once for each
// of the names.
func inNames(found []mudlark.Finding, wanted func(f *mudlark.Finding, path string) bool, each func(find int, path string)) {
	told := map[namedSecret]bool{}
	for i := range found {
		f := &found[i]
		if !isPath(f) {
			continue
		}
		if n := nameOf(f); wanted(f, n.path) && !told[n] {
			told[n] = true
			each(i, n.path)
		}
	}
}

// isPath reports whether a finding is in the path of a tree's or an index's entry.
func isPath(f *mudlark.Finding) bool {
	return f.Origin.Part == partPath && f.Origin.Object == "" && f.Origin.Labels == nil
}
