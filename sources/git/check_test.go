package git_test

import (
	"bytes"
	"crypto/sha1"
	"encoding/binary"
	"encoding/hex"
	"os"
	"path/filepath"
	"testing"

	"github.com/mudlark-scan/mudlark"
)

// TestIndexThatLies swaps two files of a pack in its index, with all checksums
// right: what is found is shown at a path where it is not, and the report must
// say that it cannot be relied on.
func TestIndexThatLies(t *testing.T) {
	r := newRepo(t)
	r.write("a", mark("a")+"\n")
	r.write("b", "nothing but another text\n")
	r.commit("one")
	r.pack()
	a, b := r.git("rev-parse", "HEAD:a"), r.git("rev-parse", "HEAD:b")
	whole(t, r).complete().want("a a:1 by one ref refs=HEAD,refs/heads/main tips=HEAD,refs/heads/main")
	swapInIndex(t, r, a, b)
	res := whole(t, r)
	res.want("a b:1 by one ref refs=HEAD,refs/heads/main tips=HEAD,refs/heads/main")
	if len(res.skips) != 1 || res.skips[0].Reason != mudlark.Corrupt || res.skips[0].Origin.Object != b || res.skips[0].Origin.Path != "b" {
		t.Errorf("skipped: %+v, want object %s", res.skips, b)
	}
}

// swapInIndex has the only pack's index say of two objects that each is the other.
func swapInIndex(t *testing.T, r *repo, ids ...string) {
	t.Helper()
	found, err := filepath.Glob(r.path(".git/objects/pack/*.idx"))
	if err != nil || len(found) != 1 {
		t.Fatalf("indexes: %v %v", found, err)
	}
	data := []byte(r.read(".git/objects/pack/" + filepath.Base(found[0])))
	const header, size = 8 + 4*256, sha1.Size
	n := int(binary.BigEndian.Uint32(data[header-4:]))
	var at []int
	for _, id := range ids {
		raw, _ := hex.DecodeString(id)
		for i := range n {
			if bytes.Equal(data[header+i*size:header+(i+1)*size], raw) {
				at = append(at, i)
			}
		}
	}
	for _, table := range []int{header + n*size, header + n*size + 4*n} { // checksums, offsets
		x, y := data[table+4*at[0]:table+4*at[0]+4], data[table+4*at[1]:table+4*at[1]+4]
		held := bytes.Clone(x)
		copy(x, y)
		copy(y, held)
	}
	sum := sha1.Sum(data[:len(data)-size])
	copy(data[len(data)-size:], sum[:])
	if err := os.Chmod(found[0], 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(found[0], data, 0o644); err != nil {
		t.Fatal(err)
	}
}
