package split

import (
	"flag"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/mudlark-scan/mudlark/internal/archive"
)

// Limits bound what is read of one piece of content. The zero value holds the
// defaults; all sources share the flags.
type Limits struct {
	// MaxFileBytes is the size of the largest file that is read; 0: any size.
	MaxFileBytes int64 `json:"maxFileBytes,omitempty"`
	// ArchiveDepth is how many archives may lie in each other; 0: 8, less: none
	// is opened.
	ArchiveDepth int `json:"archiveDepth,omitempty"`
	// ArchiveRatio is how many times its size an archive may expand to; 0: 200,
	// less: any.
	ArchiveRatio int `json:"archiveRatio,omitempty"`
	// ArchiveBytes is how much an outermost archive may expand to, everything
	// in it taken together; 0: 1 GB, less: any.
	ArchiveBytes int64 `json:"archiveBytes,omitempty"`
}

// The defaults of Limits.
const (
	defaultDepth = 8
	defaultRatio = 200
	defaultBytes = 1_000_000_000
)

// Flags adds the flags of l to fs.
func (l *Limits) Flags(fs *flag.FlagSet) {
	fs.Var(size{&l.MaxFileBytes, 0, 0}, "max-file-size",
		"do not read files larger than `SIZE`, as 10MB or 64KiB; 0 reads all")
	fs.Var(count{&l.ArchiveDepth, defaultDepth}, "max-archive-depth",
		"open archives in each other to a depth of `N`; 0 opens none")
	fs.Var(count{&l.ArchiveRatio, defaultRatio}, "max-archive-ratio",
		"stop at archives that expand more than `N` times; 0 lets all")
	fs.Var(size{&l.ArchiveBytes, defaultBytes, -1}, "max-archive-bytes",
		"stop at archives that expand to more than `SIZE`; 0 lets all")
}

// count is a number whose zero value stands for def, and for which -1 is stored
// when the user writes 0.
type count struct {
	n   *int
	def int
}

func (c count) String() string {
	switch {
	case c.n == nil || *c.n < 0:
		return "0"
	case *c.n == 0:
		return strconv.Itoa(c.def)
	}
	return strconv.Itoa(*c.n)
}

func (c count) Set(text string) error {
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 {
		return fmt.Errorf("%q is not a number from 0", text)
	}
	if n == 0 {
		n = -1
	}
	*c.n = n
	return nil
}

// size is a number of bytes whose zero value stands for def, and for which zero
// is stored when the user writes 0.
type size struct {
	n    *int64
	def  int64
	zero int64
}

func (s size) String() string {
	switch {
	case s.n == nil || *s.n < 0:
		return "0"
	case *s.n == 0:
		return FormatSize(s.def)
	}
	return FormatSize(*s.n)
}

func (s size) Set(text string) error {
	n, err := ParseSize(text)
	if err != nil {
		return err
	}
	if n == 0 {
		n = s.zero
	}
	*s.n = n
	return nil
}

// ParseSize reads a number of bytes: digits and an optional unit, which is k, M,
// G or T for powers of 1000, Ki, Mi, Gi or Ti for powers of 1024, in any case,
// with or without a B behind it.
func ParseSize(text string) (int64, error) {
	t := strings.ToLower(strings.TrimSpace(text))
	end := strings.IndexFunc(t, func(r rune) bool { return (r < '0' || r > '9') && r != '.' })
	if end < 0 {
		end = len(t)
	}
	unit, ok := unitSize(strings.TrimSpace(t[end:]))
	number, err := strconv.ParseFloat(t[:end], 64)
	if err != nil || !ok {
		return 0, fmt.Errorf("%q is not a size: write it as 500000, 10MB or 64KiB", text)
	}
	if !strings.Contains(t[:end], ".") {
		whole, err := strconv.ParseInt(t[:end], 10, 64)
		if err != nil || whole > math.MaxInt64/unit {
			return 0, fmt.Errorf("size %q is too large", text)
		}
		return whole * unit, nil
	}
	if bytes := number * float64(unit); bytes < math.MaxInt64/2 {
		return int64(bytes), nil
	}
	return 0, fmt.Errorf("size %q is too large", text)
}

func unitSize(unit string) (int64, bool) {
	unit = strings.TrimSuffix(unit, "b")
	if unit == "" {
		return 1, true
	}
	power := strings.IndexByte("kmgt", unit[0]) + 1
	base := int64(1000)
	if len(unit) == 2 && unit[1] == 'i' {
		base, unit = 1024, unit[:1]
	}
	if power == 0 || len(unit) != 1 {
		return 0, false
	}
	n := int64(1)
	for range power {
		n *= base
	}
	return n, true
}

// FormatSize writes a number of bytes as ParseSize reads it, exactly.
func FormatSize(n int64) string {
	if n == 0 {
		return "0"
	}
	for _, unit := range []string{"TiB", "TB", "GiB", "GB", "MiB", "MB", "KiB", "kB"} {
		if size, _ := unitSize(strings.ToLower(unit)); n%size == 0 {
			return strconv.FormatInt(n/size, 10) + unit
		}
	}
	return strconv.FormatInt(n, 10)
}

// archive returns the limits of walks, in which 0 bounds nothing, or lets no
// archive be opened.
func (l Limits) archive() archive.Limits {
	return archive.Limits{
		Depth: max(0, or(l.ArchiveDepth, defaultDepth)),
		Ratio: max(0, or(l.ArchiveRatio, defaultRatio)),
		Bytes: max(0, or(l.ArchiveBytes, defaultBytes)),
	}
}

// or returns n, or def for zero.
func or[N int | int64](n, def N) N {
	if n == 0 {
		return def
	}
	return n
}
