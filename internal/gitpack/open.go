package gitpack

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// maxAlternates is how many alternates deep git follows them.
const maxAlternates = 5

// objectDirs returns dir and, after it, the object directories it borrows from.
func (s *Store) objectDirs(dir string) ([]string, error) {
	if info, err := os.Stat(dir); err != nil {
		return nil, err
	} else if !info.IsDir() {
		return nil, fmt.Errorf("%s: not a directory", dir)
	}
	var dirs []string
	seen := make(map[string]bool)
	var add func(dir string, depth int)
	add = func(dir string, depth int) {
		real, err := filepath.EvalSymlinks(dir)
		if err == nil {
			var info os.FileInfo
			if info, err = os.Stat(real); err == nil && !info.IsDir() {
				err = errors.New("not a directory")
			}
		}
		if err != nil {
			s.problem(dir, fmt.Errorf("alternate object directory: %w", bare(err)))
			return
		}
		if abs, err := filepath.Abs(real); err == nil {
			real = abs
		}
		if seen[real] {
			return
		}
		if depth > maxAlternates {
			s.problem(dir, fmt.Errorf("alternate object directories are nested more than %d deep", maxAlternates))
			return
		}
		seen[real] = true
		dirs = append(dirs, dir)
		for _, a := range s.alternates(dir) {
			add(a, depth+1)
		}
	}
	add(dir, 0)
	for _, also := range s.options.Also {
		if _, err := os.Stat(also); !errors.Is(err, fs.ErrNotExist) {
			add(also, 1)
		}
	}
	return dirs, nil
}

// maxAlternatesFile bounds info/alternates, which holds a line or two.
const maxAlternatesFile = 1 << 20

// alternates returns the directories that dir's info/alternates names.
func (s *Store) alternates(dir string) []string {
	path := filepath.Join(dir, "info", "alternates")
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil && (!info.Mode().IsRegular() || info.Size() > maxAlternatesFile) {
		err = errors.New("not a short regular file")
	}
	var text []byte
	if err == nil {
		text, err = os.ReadFile(path)
	}
	if err != nil {
		s.problem(path, bare(err))
		return nil
	}
	var dirs []string
	lines := bufio.NewScanner(strings.NewReader(string(text)))
	lines.Buffer(nil, maxAlternatesFile+1)
	for lines.Scan() {
		line := lines.Text()
		if line == "" || line[0] == '#' {
			continue
		}
		name, err := unquote(line)
		if err != nil {
			s.problem(path, err)
			continue
		}
		if !filepath.IsAbs(name) {
			name = filepath.Join(dir, name)
		}
		dirs = append(dirs, filepath.Clean(name))
	}
	return dirs
}

// unquote undoes git's quoting of a path, which has quotes if it needs them.
func unquote(line string) (string, error) {
	if line[0] != '"' {
		return line, nil
	}
	if len(line) < 2 || line[len(line)-1] != '"' {
		return "", fmt.Errorf("line without a closing quote")
	}
	body := line[1 : len(line)-1]
	out := make([]byte, 0, len(body))
	for i := 0; i < len(body); i++ {
		c := body[i]
		if c != '\\' {
			out = append(out, c)
			continue
		}
		if i++; i == len(body) {
			return "", fmt.Errorf("line with a damaged quotation")
		}
		if at := strings.IndexByte(`abtnvfr"\`, body[i]); at >= 0 {
			out = append(out, "\a\b\t\n\v\f\r\"\\"[at])
			continue
		}
		if i+3 > len(body) {
			return "", fmt.Errorf("line with a damaged quotation")
		}
		v := 0
		for _, d := range []byte(body[i : i+3]) {
			if d < '0' || d > '7' {
				return "", fmt.Errorf("line with a damaged quotation")
			}
			v = v<<3 | int(d-'0')
		}
		out = append(out, byte(v))
		i += 2
	}
	return string(out), nil
}

// openPacks opens the packs of an object directory.
func (s *Store) openPacks(dir string) {
	dir = filepath.Join(dir, "pack")
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		s.problem(dir, bare(err))
	}
	names := make(map[string]bool, len(entries))
	for _, e := range entries {
		names[e.Name()] = true
	}
	for _, e := range entries { // in the order of their names
		name := e.Name()
		base, isPack := strings.CutSuffix(name, ".pack")
		switch {
		case s.options.Indexed && !names[base+".idx"]:
		case isPack || strings.HasPrefix(name, "tmp_pack_"):
			s.openPack(filepath.Join(dir, name), filepath.Join(dir, base+".idx"), names[base+".idx"], names[base+".promisor"])
		case strings.HasSuffix(name, ".idx") && !names[strings.TrimSuffix(name, ".idx")+".pack"]:
			s.problem(filepath.Join(dir, name), errors.New("index of a pack that is missing"))
		}
	}
}

func (s *Store) openPack(path, idxPath string, hasIndex, promisor bool) {
	p, err := openPack(path, s.format.Size(), !s.options.noMap)
	if err != nil {
		s.problem(path, err)
	}
	if p == nil {
		return
	}
	p.promisor = promisor
	if hasIndex {
		if err := s.readIndex(p, idxPath); err != nil {
			s.problem(idxPath, err)
		}
	}
	if p.idx != nil {
		if err := p.match(); err != nil {
			s.problem(path, err)
		}
	}
	s.packs = append(s.packs, p)
}

// readIndex gives a pack its index.
func (s *Store) readIndex(p *pack, path string) error {
	f, err := openFile(path, !s.options.noMap)
	if err != nil {
		return err
	}
	var held []byte
	data, err := f.bytes(0, f.size, &held)
	if err == nil {
		p.idx, err = parseIndex(data, s.format.Size())
	}
	if err != nil || f.data == nil {
		f.Close()
		return err
	}
	p.idxFile = f
	return nil
}

// list lists the loose objects, once.
func (s *Store) list() {
	s.listOnce.Do(func() {
		for _, d := range s.loose {
			var left []string
			d.list(func(path string) { left = append(left, path) }, s.problem)
			for _, path := range left {
				s.addStray(d, path)
			}
		}
	})
}

// addStray reads a leftover file: if it holds a whole object, the object counts
// like any other.
func (s *Store) addStray(d *looseDir, path string) {
	r := s.newReader()
	defer r.free()
	t, data, err := r.looseFile(path, func(size int64) []byte { return make([]byte, size) })
	if err != nil {
		s.problem(path, fmt.Errorf("leftover of an interrupted write: %w", err))
		return
	}
	d.addStray(makeOID(r.hasher.id(t, data)), path)
}
