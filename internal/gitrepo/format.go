package gitrepo

import (
	"fmt"
	"strconv"
	"strings"
)

// The object formats.
const (
	SHA1   = "sha1"
	SHA256 = "sha256"
)

// Unsupported says, a sentence each, what of the repository's format is not
// known here. If there is anything, not all of the repository can be read.
func (r *Repo) Unsupported() []string { return r.unsupported }

func (r *Repo) cannot(format string, args ...any) {
	r.unsupported = append(r.unsupported, fmt.Sprintf(format, args...))
}

// readFormat judges the repository's format by what git's own
// Documentation/technical/repository-version.txt says of versions and
// extensions. Only the common config file counts, without what it includes.
func (r *Repo) readFormat() {
	r.ObjectFormat = SHA1
	own := r.common.join("config")
	version := 0
	for _, e := range r.config {
		if e.File == own && e.Name() == "core.repositoryformatversion" {
			n, err := strconv.Atoi(strings.TrimSpace(e.Value))
			if err != nil {
				r.cannot("The repository's format version %q is not a number.", e.Value)
			}
			version = n
		}
	}
	if version > 1 || version < 0 {
		r.cannot("The repository has format version %d; only 0 and 1 are known.", version)
	}
	for _, e := range r.config {
		if e.File == own && e.Section == "extensions" && !e.sub {
			r.extension(version, e)
		}
	}
	if _, err := r.common.root.Stat("reftable/tables.list"); err == nil && len(r.unsupported) == 0 {
		r.cannot("The repository keeps its refs in reftables, which cannot be read.")
	}
}

// extension judges one extension of the format.
func (r *Repo) extension(version int, e Entry) {
	value := strings.ToLower(e.Value)
	switch e.Key {
	case "noop", "preciousobjects", "partialclone", "worktreeconfig":
		return // git heeds these in version 0 too
	case "noop-v1", "compatobjectformat", "relativeworktrees":
	case "objectformat":
		if value == SHA1 || value == SHA256 {
			r.ObjectFormat = value
		} else {
			r.cannot("The repository's object format is %q; only sha1 and sha256 are known.", e.Value)
		}
	case "refstorage":
		if value == "reftable" || strings.HasPrefix(value, "reftable:") {
			r.cannot("The repository keeps its refs in reftables, which cannot be read.")
		} else if value != "files" {
			r.cannot("The repository keeps its refs in the format %q, which is not known.", e.Value)
		}
	default:
		// In version 0 git passes over extensions that it does not know.
		if version > 0 {
			r.cannot("The repository's format has the extension %q, which is not known.", e.Name())
		}
		return
	}
	if version == 0 {
		r.cannot("The repository has the extension %q, but format version 0, which does not allow it.", e.Name())
	}
}
