package git

import (
	"context"
	"maps"
	"slices"

	"github.com/mudlark-scan/mudlark"
	"github.com/mudlark-scan/mudlark/internal/gitpack"
)

// check yields a skip for each object that findings name whose content is not
// what its id stands for. Reading all of a repository takes the ids of what lies
// in packs on trust, and an index that was made to deceive could have a finding
// shown where it is not; what is found is so little that it can be made sure of.
func (b *base) check(ctx context.Context, yield mudlark.Yield, found []mudlark.Finding) error {
	named := map[gitpack.OID]string{} // by object: a path of it
	name := func(text, path string) {
		if id, err := b.format.Parse(text); err == nil && (named[id] == "" || path < named[id]) {
			named[id] = path
		}
	}
	for i := range found {
		o := &found[i].Origin
		name(o.Object, o.Path)
		if o.Commit != nil {
			name(o.Commit.ID, "")
		}
	}
	for _, id := range slices.SortedFunc(maps.Keys(named), gitpack.OID.Compare) {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := b.store.Check(id); err != nil {
			if err := skip(yield, origin("", named[id], id.String()), b.unread(id.String(), err)); err != nil {
				return err
			}
		}
	}
	return nil
}
