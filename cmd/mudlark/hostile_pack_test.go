//go:build !gendoc

package main

import (
	"bytes"
	"compress/zlib"
	"crypto/sha1"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/mudlark-scan/mudlark"
)

// The kinds of a pack's entries.
const (
	kindCommit = 1
	kindTree   = 2
	kindBlob   = 3
	kindTag    = 4
	kindOffset = 6
	kindRef    = 7
)

type oid [20]byte

func (o oid) String() string { return hex.EncodeToString(o[:]) }

// idOf returns the id of an object.
func idOf(kind int, data []byte) oid {
	h := sha1.New()
	fmt.Fprintf(h, "%s %d\x00", []string{"", "commit", "tree", "blob", "tag"}[kind], len(data))
	h.Write(data)
	return oid(h.Sum(nil))
}

// A packer writes a pack by hand, right or wrong.
type packer struct {
	body    []byte
	entries []packed
}

type packed struct {
	id     oid
	offset int64
	crc    uint32
}

func newPacker() *packer {
	return &packer{body: []byte("PACK\x00\x00\x00\x02\x00\x00\x00\x00")}
}

// deflaters are kept, for to make one takes longer than to use it.
var deflaters = sync.Pool{New: func() any { return zlib.NewWriter(nil) }}

func deflate(data []byte) []byte {
	var b bytes.Buffer
	w := deflaters.Get().(*zlib.Writer)
	defer deflaters.Put(w)
	w.Reset(&b)
	_, _ = w.Write(data)
	_ = w.Close()
	return b.Bytes()
}

// entryHeader is the kind and the size of an entry.
func entryHeader(kind int, size uint64) []byte {
	b := []byte{byte(kind<<4) | byte(size&15)}
	for size >>= 4; size > 0; size >>= 7 {
		b[len(b)-1] |= 0x80
		b = append(b, byte(size&0x7f))
	}
	return b
}

// distance is how far back the base of an offset delta lies.
func distance(n int64) []byte {
	b := []byte{byte(n & 0x7f)}
	for n >>= 7; n > 0; n >>= 7 {
		n--
		b = append([]byte{0x80 | byte(n&0x7f)}, b...)
	}
	return b
}

// raw adds an entry as it stands, which the index says to have an id.
func (p *packer) raw(id oid, parts ...[]byte) int64 {
	at := int64(len(p.body))
	entry := bytes.Join(parts, nil)
	p.body = append(p.body, entry...)
	p.entries = append(p.entries, packed{id, at, crc32.ChecksumIEEE(entry)})
	return at
}

// add adds an object.
func (p *packer) add(kind int, data []byte) oid {
	id := idOf(kind, data)
	p.raw(id, entryHeader(kind, uint64(len(data))), deflate(data))
	return id
}

func (p *packer) blob(text string) oid { return p.add(kindBlob, []byte(text)) }

// offsetDelta adds a delta upon what lies back bytes before it.
func (p *packer) offsetDelta(id oid, back int64, delta []byte) {
	p.raw(id, entryHeader(kindOffset, uint64(len(delta))), distance(back), deflate(delta))
}

// refDelta adds a delta upon the object with an id.
func (p *packer) refDelta(id, base oid, delta []byte) {
	p.raw(id, entryHeader(kindRef, uint64(len(delta))), base[:], deflate(delta))
}

// pack ends the pack.
func (p *packer) pack() []byte {
	b := bytes.Clone(p.body)
	binary.BigEndian.PutUint32(b[8:], uint32(len(p.entries)))
	sum := sha1.Sum(b)
	return append(b, sum[:]...)
}

// index makes the index of the pack, which change may harm before the
// checksum is made.
func (p *packer) index(pack []byte, change func(idx []byte)) []byte {
	entries := slices.Clone(p.entries)
	slices.SortFunc(entries, func(a, b packed) int { return bytes.Compare(a.id[:], b.id[:]) })
	b := []byte("\377tOc\x00\x00\x00\x02")
	var fan [256]uint32
	for _, e := range entries {
		for i := int(e.id[0]); i < 256; i++ {
			fan[i]++
		}
	}
	for _, n := range fan {
		b = binary.BigEndian.AppendUint32(b, n)
	}
	for _, e := range entries {
		b = append(b, e.id[:]...)
	}
	for _, e := range entries {
		b = binary.BigEndian.AppendUint32(b, e.crc)
	}
	for _, e := range entries {
		b = binary.BigEndian.AppendUint32(b, uint32(e.offset))
	}
	b = append(b, pack[len(pack)-20:]...)
	if change != nil {
		change(b)
	}
	sum := sha1.Sum(b)
	return append(b, sum[:]...)
}

// Where the tables of an index lie.
const (
	idxFan   = 8
	idxNames = idxFan + 256*4
)

// place puts the pack, and its index if there is to be one, into a repository.
func (p *packer) place(t testing.TB, dir string, indexed bool, change func(idx []byte)) {
	t.Helper()
	pack := p.pack()
	name := ".git/objects/pack/pack-" + hex.EncodeToString(pack[len(pack)-20:])
	putFile(t, dir, name+".pack", pack)
	if indexed {
		putFile(t, dir, name+".idx", p.index(pack, change))
	}
}

// handmade makes a repository in which one commit holds a leak, without git,
// and returns its folder. With no secret it is empty.
func handmade(t testing.TB, secret string) string {
	t.Helper()
	dir := t.TempDir()
	putFile(t, dir, ".git/HEAD", []byte("ref: refs/heads/main\n"))
	putFile(t, dir, ".git/config", []byte("[core]\n\trepositoryformatversion = 0\n\tbare = false\n"))
	for _, folder := range []string{"refs/heads", "objects/pack"} {
		if err := os.MkdirAll(filepath.Join(dir, ".git", filepath.FromSlash(folder)), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if secret != "" {
		p := newPacker()
		at := p.commit(p.tree(leaf{"100644", "leak.txt", p.blob("token: " + secret + "\n")}), "a leak")
		p.place(t, dir, true, nil)
		putFile(t, dir, ".git/refs/heads/main", []byte(at.String()+"\n"))
	}
	return dir
}

// number writes a size as deltas do.
func number(n uint64) []byte { return binary.AppendUvarint(nil, n) }

// delta makes a delta that says to turn from bytes into to bytes.
func delta(from, to uint64, instructions ...byte) []byte {
	return append(append(number(from), number(to)...), instructions...)
}

// copyAll is the instruction to copy n bytes from at.
func copyAll(at, n uint32) []byte {
	return []byte{0xff, byte(at), byte(at >> 8), byte(at >> 16), byte(at >> 24), byte(n), byte(n >> 8), byte(n >> 16)}
}

func fakeID(b byte) oid {
	var o oid
	for i := range o {
		o[i] = b
	}
	return o
}

// A badPack is a pack that lies.
type badPack struct {
	name  string
	make  func(p *packer)
	index func(idx []byte) // harms the index; nil: it is as it should be
	// whole says that all bytes can be read all the same, with an index or without
	// one, so that it is no matter whether the lie is told.
	whole [2]bool
}

var baseText = strings.Repeat("the base of a delta\n", 50)

func badPacks() []badPack {
	base := func(p *packer) (oid, int64) {
		at := int64(len(p.body))
		return p.blob(baseText), at
	}
	n := uint64(len(baseText))
	return []badPack{
		{name: "ref deltas in a circle", make: func(p *packer) {
			p.refDelta(fakeID(1), fakeID(2), delta(n, n, copyAll(0, uint32(n))...))
			p.refDelta(fakeID(2), fakeID(1), delta(n, n, copyAll(0, uint32(n))...))
		}},
		{name: "ref delta upon itself", make: func(p *packer) {
			p.refDelta(fakeID(1), fakeID(1), delta(n, n, copyAll(0, uint32(n))...))
		}},
		{name: "ref delta upon nothing", make: func(p *packer) {
			p.refDelta(fakeID(1), fakeID(9), delta(n, n, copyAll(0, uint32(n))...))
		}},
		{name: "offset before the pack", make: func(p *packer) {
			base(p)
			p.offsetDelta(fakeID(1), 1<<40, delta(n, n, copyAll(0, uint32(n))...))
		}},
		{name: "offset to the pack's head", make: func(p *packer) {
			p.offsetDelta(fakeID(1), int64(len(p.body)), delta(n, n, copyAll(0, uint32(n))...))
		}},
		{name: "offset to itself", make: func(p *packer) {
			base(p)
			p.offsetDelta(fakeID(1), 0, delta(n, n, copyAll(0, uint32(n))...))
		}},
		{name: "offset into an entry", make: func(p *packer) {
			base(p)
			p.offsetDelta(fakeID(1), 7, delta(n, n, copyAll(0, uint32(n))...))
		}},
		{name: "offset without end", make: func(p *packer) {
			p.raw(fakeID(1), entryHeader(kindOffset, 9), bytes.Repeat([]byte{0xff}, 30), deflate([]byte("x")))
		}},
		{name: "delta to a petabyte", make: func(p *packer) {
			_, at := base(p)
			p.offsetDelta(fakeID(1), int64(len(p.body))-at, delta(n, 1<<50, copyAll(0, uint32(n))...))
		}},
		{name: "delta to 3 GB", make: func(p *packer) {
			_, at := base(p)
			p.offsetDelta(fakeID(1), int64(len(p.body))-at, delta(n, 3<<30, copyAll(0, uint32(n))...))
		}},
		{name: "delta from a wrong size", make: func(p *packer) {
			_, at := base(p)
			p.offsetDelta(fakeID(1), int64(len(p.body))-at, delta(n+1, n, copyAll(0, uint32(n))...))
		}},
		{name: "delta copies out of range", make: func(p *packer) {
			_, at := base(p)
			p.offsetDelta(fakeID(1), int64(len(p.body))-at, delta(n, n, copyAll(1<<31, uint32(n))...))
		}},
		{name: "delta copies too much", make: func(p *packer) {
			_, at := base(p)
			p.offsetDelta(fakeID(1), int64(len(p.body))-at, delta(n, 10, bytes.Repeat(copyAll(0, uint32(n)), 100)...))
		}},
		{name: "delta with a reserved instruction", make: func(p *packer) {
			_, at := base(p)
			p.offsetDelta(fakeID(1), int64(len(p.body))-at, delta(n, n, 0))
		}},
		{name: "delta that ends in an instruction", make: func(p *packer) {
			_, at := base(p)
			p.offsetDelta(fakeID(1), int64(len(p.body))-at, delta(n, n, 0x7f, 'a'))
		}},
		{name: "delta with a size without end", make: func(p *packer) {
			_, at := base(p)
			p.offsetDelta(fakeID(1), int64(len(p.body))-at, bytes.Repeat([]byte{0xff}, 40))
		}},
		{name: "empty delta", make: func(p *packer) {
			_, at := base(p)
			p.offsetDelta(fakeID(1), int64(len(p.body))-at, nil)
		}},
		{name: "object of 2^60 bytes", make: func(p *packer) {
			p.raw(fakeID(1), entryHeader(kindBlob, 1<<60), deflate([]byte("x")))
		}},
		{name: "object of 2^50 bytes", make: func(p *packer) {
			p.raw(fakeID(1), entryHeader(kindBlob, 1<<50), deflate([]byte("x")))
		}},
		{name: "object of 3 GB", make: func(p *packer) {
			p.raw(fakeID(1), entryHeader(kindBlob, 3<<30), deflate([]byte("x")))
		}},
		{name: "header without end", make: func(p *packer) {
			p.raw(fakeID(1), bytes.Repeat([]byte{0xbf}, 40))
		}},
		{name: "kinds that there are not", make: func(p *packer) {
			p.raw(fakeID(1), entryHeader(0, 1), deflate([]byte("x")))
			p.raw(fakeID(2), entryHeader(5, 1), deflate([]byte("x")))
		}},
		{name: "zlib stream that ends early", make: func(p *packer) {
			z := deflate([]byte(baseText))
			p.raw(idOf(kindBlob, []byte(baseText)), entryHeader(kindBlob, n), z[:len(z)/2])
		}},
		{name: "zlib stream with a wrong sum", make: func(p *packer) {
			z := deflate([]byte(baseText))
			z[len(z)-1] ^= 1
			p.raw(idOf(kindBlob, []byte(baseText)), entryHeader(kindBlob, n), z)
		}, whole: [2]bool{true, true}},
		{name: "zlib bomb behind a small size", make: func(p *packer) {
			p.raw(fakeID(1), entryHeader(kindBlob, 10), deflate(make([]byte, 50*mb)))
		}},
		{name: "content that is not what the id says", make: func(p *packer) {
			p.raw(fakeID(1), entryHeader(kindBlob, n), deflate([]byte(baseText)))
		}, whole: [2]bool{true, true}},
		{name: "commit that is a blob", make: func(p *packer) {
			p.raw(idOf(kindBlob, []byte(baseText)), entryHeader(kindCommit, n), deflate([]byte(baseText)))
		}},
		{name: "fan-out that decreases", make: func(p *packer) { base(p); p.blob("another") }, index: func(idx []byte) {
			binary.BigEndian.PutUint32(idx[idxFan+4*100:], 1<<20)
		}},
		{name: "fan-out that counts too many", make: func(p *packer) { base(p) }, index: func(idx []byte) {
			for b := range 256 {
				binary.BigEndian.PutUint32(idx[idxFan+4*b:], 1<<31)
			}
		}},
		{name: "fan-out that counts none", make: func(p *packer) { base(p) }, index: func(idx []byte) {
			clear(idx[idxFan:idxNames])
		}},
		{name: "offsets behind the pack", make: func(p *packer) { base(p) }, index: func(idx []byte) {
			binary.BigEndian.PutUint32(idx[len(idx)-24:], 1<<30)
		}},
		{name: "offsets in a table that is not there", make: func(p *packer) { base(p) }, index: func(idx []byte) {
			binary.BigEndian.PutUint32(idx[len(idx)-24:], 1<<31|12345)
		}},
		{name: "offset of the head", make: func(p *packer) { base(p) }, index: func(idx []byte) {
			binary.BigEndian.PutUint32(idx[len(idx)-24:], 0)
		}},
		{name: "objects that are not in the pack", make: func(p *packer) {
			base(p)
			p.entries = append(p.entries, packed{id: fakeID(7), offset: 1 << 20})
		}},
		{name: "id of another object", make: func(p *packer) { base(p) }, index: func(idx []byte) {
			idx[idxNames+19] ^= 1
		}, whole: [2]bool{true, true}},
		{name: "two ids for one entry", make: func(p *packer) {
			base(p)
			p.blob("another")
		}, index: func(idx []byte) { copy(idx[len(idx)-24:], idx[len(idx)-28:len(idx)-24]) }},
	}
}

// TestPacksThatLieAreTold puts each bad pack into a repository with a leak,
// with its index and without one.
func TestPacksThatLieAreTold(t *testing.T) {
	secret := token(t, "<github ghp_>", 1)
	for _, bad := range badPacks() {
		for i, indexed := range []bool{true, false} {
			if !indexed && bad.index != nil {
				continue
			}
			t.Run(fmt.Sprintf("%s/index=%v", bad.name, indexed), func(t *testing.T) {
				t.Parallel()
				dir := handmade(t, secret)
				p := newPacker()
				bad.make(p)
				p.place(t, dir, indexed, bad.index)
				rec, e := spawn{}.scanned(t, "git", dir)
				e.below(t, 200*mb)
				if len(rec.of(secret)) != 1 {
					t.Errorf("the leak beside it was found %d times", len(rec.of(secret)))
				}
				if !bad.whole[i] {
					rec.told(t, mudlark.Corrupt, mudlark.Missing, mudlark.TooLarge)
				}
				for _, s := range rec.skips {
					if s.Detail == "" {
						t.Errorf("a skip without words: %+v", s)
					}
				}
			})
		}
	}
}

// TestPackAmongGarbageIsTold replaces a whole pack by what is none.
func TestPackAmongGarbageIsTold(t *testing.T) {
	dir := handmade(t, token(t, "<github ghp_>", 1))
	for i, garbage := range []string{"", "PACK", "PACK\x00\x00\x00\x02\xff\xff\xff\xff", strings.Repeat("\xff", 5000), strings.Repeat("\x00", 5000)} {
		for _, ending := range []string{".pack", ".idx", ".rev", ".mtimes"} {
			putFile(t, dir, fmt.Sprintf(".git/objects/pack/pack-%d%s", i, ending), []byte(garbage))
		}
		putFile(t, dir, ".git/objects/pack/multi-pack-index", []byte(garbage))
		rec, e := spawn{}.scanned(t, "git", dir)
		e.below(t, 200*mb)
		rec.told(t, mudlark.Corrupt)
	}
}

// TestLooseObjectsThatLieAreTold does the same for objects in files of their own.
func TestLooseObjectsThatLieAreTold(t *testing.T) {
	for name, data := range map[string][]byte{
		"empty": nil, "no zlib": []byte("blob 3\x00abc"), "no header": deflate([]byte("abc")),
		"size too large": deflate([]byte("blob 1099511627776\x00abc")), "size negative": deflate([]byte("blob -3\x00abc")),
		"size too small": deflate([]byte("blob 1\x00abc")), "size of a bomb": deflate(append([]byte("blob 3\x00"), make([]byte, 20*mb)...)),
		"size overflows": deflate([]byte("blob 99999999999999999999999\x00abc")), "kind": deflate([]byte("blog 3\x00abc")),
		"wrong id": deflate([]byte("blob 3\x00abc")), "cut": deflate([]byte("blob 3\x00abc"))[:8],
		"header without end": deflate(bytes.Repeat([]byte("blob"), 10000)),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := handmade(t, "")
			putFile(t, dir, ".git/objects/12/"+strings.Repeat("34", 19), data)
			rec, e := spawn{}.scanned(t, "git", dir)
			e.below(t, 200*mb)
			rec.told(t, mudlark.Corrupt, mudlark.TooLarge)
		})
	}
}

// TestLongDeltaChainsAreRead makes a chain far longer than git would, of which
// each link adds a line.
func TestLongDeltaChainsAreRead(t *testing.T) {
	const links = 3000
	secret := token(t, "<github ghp_>", 1)
	dir := handmade(t, "")
	p := newPacker()
	text, last := "line\n", int64(len(p.body))
	p.blob(text)
	for i := range links {
		added := fmt.Sprintf("%d\n", i)
		if i == links-1 {
			added = "token: " + secret + "\n"
		}
		d := delta(uint64(len(text)), uint64(len(text)+len(added)), copyAll(0, uint32(len(text)))...)
		d = append(append(d, byte(len(added))), added...)
		text += added
		at := int64(len(p.body))
		p.offsetDelta(idOf(kindBlob, []byte(text)), at-last, d)
		last = at
	}
	p.place(t, dir, true, nil)
	rec, e := spawn{}.scanned(t, "git", dir)
	e.below(t, 200*mb)
	if len(rec.of(secret)) != 1 && !rec.summary.Incomplete {
		t.Errorf("found %d times, %d skips", len(rec.of(secret)), len(rec.skips))
	}
}

// TestObjectsOutsideThroughALink follows or tells a folder of the object store
// that is a link, and is never quiet about it.
func TestObjectsOutsideThroughALink(t *testing.T) {
	secret := token(t, "<github ghp_>", 1)
	r := newRepo(t)
	r.write("leak.txt", "token: "+secret+"\n")
	r.commit("a leak")
	id := r.git("rev-parse", "HEAD:leak.txt")
	inside, outside := filepath.Join(r.dir, ".git", "objects", id[:2]), filepath.Join(t.TempDir(), "outside")
	if err := os.Rename(inside, outside); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(outside, inside); err != nil {
		t.Skip(err)
	}
	rec, _ := spawn{}.scanned(t, "git", r.dir)
	if len(rec.of(secret)) == 0 {
		rec.told(t, mudlark.Symlink, mudlark.Missing, mudlark.Unreadable, mudlark.Corrupt)
	}
}
