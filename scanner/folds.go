package scanner

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/mudlark-scan/mudlark"
)

// maxFolds is how many floods are told one by one.
const maxFolds = 100

// folds counts findings that are not listed. The zero value is empty.
type folds struct {
	count    map[flood]int
	counting bool // one of them may count
}

// A flood is a rule in one file; what lies in an archive is in its file.
type flood struct{ rule, path, object string }

func floodOf(rule, path, object string) flood {
	path, _, _ = strings.Cut(path, "!")
	return flood{rule, path, object}
}

func (f *folds) add(at content) {
	if f.count == nil {
		f.count = map[flood]int{}
	}
	f.counting = f.counting || at.counts
	key := floodOf(at.rule, at.path, at.object)
	if f.count[key] == 0 {
		key.path = strings.Clone(key.path) // not the whole of a member's
	}
	f.count[key]++
}

// list tells of the floods in a stable order: the first one by one, the others
// of a rule together. Found is what is listed.
func (f *folds) list(found []mudlark.Finding) []mudlark.Fold {
	if len(f.count) == 0 {
		return nil
	}
	listed := map[flood]int{}
	for i := range found {
		listed[floodOf(found[i].RuleID, found[i].Origin.Path, found[i].Origin.Object)]++
	}
	var all []mudlark.Fold
	rest := map[string]*mudlark.Fold{}
	for _, key := range slices.SortedFunc(maps.Keys(f.count), flood.compare) {
		one := mudlark.Fold{RuleID: key.rule, Path: key.path, Object: key.object, Kept: listed[key], Folded: f.count[key]}
		if len(all) < maxFolds {
			all = append(all, one)
			continue
		}
		if rest[key.rule] == nil {
			rest[key.rule] = &mudlark.Fold{RuleID: key.rule}
		}
		rest[key.rule].Kept += one.Kept
		rest[key.rule].Folded += one.Folded
	}
	for _, rule := range slices.Sorted(maps.Keys(rest)) {
		all = append(all, *rest[rule])
	}
	return all
}

func (a flood) compare(b flood) int {
	return cmp.Or(strings.Compare(a.path, b.path), strings.Compare(a.object, b.object), strings.Compare(a.rule, b.rule))
}
