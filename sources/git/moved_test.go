package git_test

import (
	"slices"
	"testing"

	"github.com/mudlark-scan/mudlark"
)

// TestWhatMovedSaysFromWhere: a file under a new name is told, and where it was.
func TestWhatMovedSaysFromWhere(t *testing.T) {
	r := newRepo(t)
	r.write("a/old", mark("one"))
	r.write("kept", mark("two"))
	r.write("many1", mark("three"))
	r.write("many2", mark("three"))
	r.commit("first")
	r.git("mv", "a/old", "b")
	r.commit("moved")
	r.git("mv", "b", "c")
	r.write("c", "more\n"+mark("one"))
	r.commit("moved and changed")
	r.write("copy", mark("two")) // the other stays
	r.git("mv", "many2", "x")
	r.commit("copied")
	r.git("mv", "kept", "gone") // its content is not at the new place
	r.write("gone", "nothing")
	r.write("late", mark("four"))
	r.commit("left")
	var got []string
	for _, f := range whole(t, r).found {
		if from := f.Origin.Labels[mudlark.LabelMoved]; from != "" {
			got = append(got, from+" > "+f.Origin.Path)
		}
	}
	slices.Sort(got)
	if want := []string{"a/old > b", "b > c", "many2 > x"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
