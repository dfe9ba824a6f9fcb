package git

import (
	"context"
	"strings"

	"github.com/mudlark-scan/mudlark"
	"github.com/mudlark-scan/mudlark/internal/gitrepo"
)

// takeNames numbers the objects and takes in what names them: refs, reflogs,
// indexes. It yields what of that cannot be read.
func (h *history) takeNames(yield mudlark.Yield) error {
	h.objects = numberObjects(h.store, h.format)
	h.kinds = make([]uint8, h.objects.len())
	for _, take := range []func(mudlark.Yield) error{h.takeShallow, h.takeRefs, h.takeReflogs, h.takeIndexes} {
		if err := take(yield); err != nil {
			return err
		}
	}
	return nil
}

// readNames yields what takeNames takes in: the names of the refs and the text
// of the reflogs.
func (h *history) readNames(ctx context.Context, yield mudlark.Yield) error {
	if err := h.unsupported(yield); err != nil {
		return err
	}
	if err := h.takeNames(yield); err != nil {
		return err
	}
	last := ""
	for _, r := range h.refs {
		if r.Name == last {
			continue // FETCH_HEAD has many lines
		}
		last = r.Name
		if strings.HasPrefix(r.Name, "refs/") {
			h.cover.Refs++
		}
		if err := text(yield, origin(partRef, "", r.Name), []byte(r.Name)); err != nil {
			return err
		}
	}
	for _, file := range h.logFiles {
		if err := h.file(ctx, yield, partReflog, file); err != nil {
			return err
		}
	}
	return nil
}

func (h *history) takeShallow(yield mudlark.Yield) error {
	ids, err := h.repo.Shallow()
	for _, id := range ids {
		if n, ok := h.objects.parse(id); ok {
			h.shallow[n] = true
		}
	}
	return h.problems(yield, "", err, false)
}

func (h *history) takeRefs(yield mudlark.Yield) error {
	refs, err := h.repo.Refs()
	h.refs = refs
	for _, r := range refs {
		n, ok := h.objects.parse(r.Target)
		if ok && !h.objects.has(n) && !transient(r.Name) {
			h.lose(n, r.Name)
		}
	}
	return h.problems(yield, partRef, err, false)
}

func (h *history) takeIndexes(yield mudlark.Yield) error {
	indexes, err := h.repo.Indexes()
	h.indexes = indexes
	return h.problems(yield, "", err, false)
}

// transient reports whether git lets a ref outlive what it names.
func transient(name string) bool {
	return strings.HasSuffix(name, "ORIG_HEAD") || strings.HasSuffix(name, "FETCH_HEAD")
}

func (h *history) takeReflogs(yield mudlark.Yield) error {
	seen := map[logged]bool{}
	err := h.repo.EachReflog(func(l gitrepo.Reflog) {
		h.logFiles = append(h.logFiles, l.File)
		for _, e := range l.Entries {
			for _, id := range []string{e.Old, e.New} {
				n, ok := h.objects.parse(id)
				entry := logged{n, isStash(l.Ref)}
				if !ok || seen[entry] {
					continue
				}
				seen[entry] = true
				h.logs = append(h.logs, entry)
				if !h.objects.has(n) {
					h.lose(n, "the reflog of "+l.Ref)
				}
			}
		}
	})
	return h.problems(yield, partReflog, err, false)
}

func isStash(ref string) bool { return ref == "refs/stash" || strings.HasSuffix(ref, "/refs/stash") }

// class says how strongly a ref holds what it names.
func class(ref string) mudlark.Held {
	switch {
	case isStash(ref):
		return mudlark.HeldByStash
	case strings.HasPrefix(ref, "refs/"), ref == "HEAD", strings.Contains(ref, "/refs/"), strings.HasSuffix(ref, "/HEAD"):
		return mudlark.HeldByRef
	}
	return mudlark.HeldByReflog // ORIG_HEAD and what is like it: git's memory, not the user's
}
