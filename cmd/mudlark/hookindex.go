package main

import (
	"cmp"
	"os"
	"path/filepath"
	"strings"
)

// index is the index that the commit is made from, if it is not the usual one. Git
// names it to its hooks; into a container nothing of that is passed on, and there
// the one that git holds while it commits some files (next-index) or all that
// changed (index.lock) is found by its name.
func (h *hookRun) index() string {
	if index := h.sys.getenv("GIT_INDEX_FILE"); index != "" {
		return index
	}
	dir := cmp.Or(h.sys.getenv("GIT_DIR"), ".git")
	list, err := os.ReadDir(dir)
	if err != nil {
		return ""
	}
	held := ""
	for _, entry := range list { // by name: index.lock comes first
		name := entry.Name()
		if name == "index.lock" || strings.HasPrefix(name, "next-index-") && strings.HasSuffix(name, ".lock") {
			held = filepath.Join(dir, name)
		}
	}
	return held
}
