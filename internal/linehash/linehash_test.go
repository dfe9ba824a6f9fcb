package linehash

import (
	"math/big"
	"strconv"
	"strings"
	"testing"
	"unicode/utf16"
)

// slow is the obvious way: for each line the characters that count, folded.
func slow(text string) []string {
	var units []uint16
	var starts []int
	lineStart, afterCR := true, false
	for _, c := range append(utf16.Encode([]rune(text)), eof) {
		if c == ' ' || c == '\t' || afterCR && c == '\n' {
			afterCR = false
			continue
		}
		if afterCR = c == '\r'; afterCR {
			c = '\n'
		}
		if lineStart {
			starts = append(starts, len(units))
		}
		lineStart = c == '\n'
		units = append(units, c)
	}
	seen := map[string]int{}
	var all []string
	for _, s := range starts {
		sum := new(big.Int)
		for i := range block {
			sum.Mul(sum, big.NewInt(base))
			if s+i < len(units) {
				sum.Add(sum, big.NewInt(int64(units[s+i])))
			}
		}
		sum.And(sum, new(big.Int).SetUint64(1<<64-1))
		hex := sum.Text(16)
		seen[hex]++
		all = append(all, hex+":"+strconv.Itoa(seen[hex]))
	}
	return all
}

func TestOfIsWhatTheSlowWaySays(t *testing.T) {
	long := strings.Repeat("a long line without an end, ", 20)
	for _, text := range []string{
		"", "\n", "\n\n", "a", "a\n", "a\nb\n", "a\r\nb\r\n", "a\rb\r", " a\n\ta \n a", "same\nsame\nsame",
		long, long + "\n" + long + "\r\n" + long, "\n\n\n" + long, "ä€😀\nä€😀\n", "a\r \nb", strings.Repeat("x\n", 300),
		strings.Repeat("x", 99) + "\n" + strings.Repeat("x", 100) + "\n" + strings.Repeat("x", 101) + "\n", "\ufeffa\n", "   ", "a\n   ",
	} {
		want := slow(text)
		lines := make([]int, len(want))
		for i := range lines {
			lines[i] = i + 1
		}
		got := Of([]byte(text), lines)
		for i, w := range want {
			if got.At(i+1) != w {
				t.Errorf("%.40q line %d: got %s, want %s", text, i+1, got.At(i+1), w)
			}
			if one := Of([]byte(text), []int{i + 1}).At(i + 1); one != w {
				t.Errorf("%.40q line %d alone: got %s, want %s", text, i+1, one, w)
			}
		}
	}
}

// The values are those of the test of github/codeql-action, src/fingerprints.test.ts.
func TestOfGivesTheActionsValues(t *testing.T) {
	for _, test := range []struct {
		text string
		want []string
	}{
		{"", []string{"c129715d7a2bc9a3:1"}},
		{"a\nb\n\t\tc\n d", []string{"271789c17abda88f:1", "54703d4cd895b18:1", "180aee12dab6264:1", "a23a3dc5e078b07b:1"}},
		{" hello; \t\nworld!!!\n\n\n  \t\tGreetings\n End", []string{
			"8b7cf3e952e7aeb2:1", "b1ae1287ec4718d9:1", "bff680108adb0fcc:1", "c6805c5e1288b612:1", "b86d3392aea1be30:1", "e6ceba753e1a442:1"}},
		{" hello; \t\nworld!!!\n\n\n  \t\tGreetings\n End\n", []string{
			"e9496ae3ebfced30:1", "fb7c023a8b9ccb3f:1", "ce8ba1a563dcdaca:1", "e20e36e16fcb0cc8:1", "b3edc88f2938467e:1", "c8e28b0b4002a3a0:1", "c129715d7a2bc9a3:1"}},
		{" hello; \t\nworld!!!\r\r\r  \t\tGreetings\r End\r", []string{
			"e9496ae3ebfced30:1", "fb7c023a8b9ccb3f:1", "ce8ba1a563dcdaca:1", "e20e36e16fcb0cc8:1", "b3edc88f2938467e:1", "c8e28b0b4002a3a0:1", "c129715d7a2bc9a3:1"}},
		{" hello; \t\r\nworld!!!\r\n\r\n\r\n  \t\tGreetings\r\n End\r\n", []string{
			"e9496ae3ebfced30:1", "fb7c023a8b9ccb3f:1", "ce8ba1a563dcdaca:1", "e20e36e16fcb0cc8:1", "b3edc88f2938467e:1", "c8e28b0b4002a3a0:1", "c129715d7a2bc9a3:1"}},
		{" hello; \t\nworld!!!\r\n\n\r  \t\tGreetings\r End\r\n", []string{
			"e9496ae3ebfced30:1", "fb7c023a8b9ccb3f:1", "ce8ba1a563dcdaca:1", "e20e36e16fcb0cc8:1", "b3edc88f2938467e:1", "c8e28b0b4002a3a0:1", "c129715d7a2bc9a3:1"}},
		{strings.Repeat("Lorem ipsum dolor sit amet.\n", 10), []string{
			"a7f2ff13bc495cf2:1", "a7f2ff13bc495cf2:2", "a7f2ff13bc495cf2:3", "a7f2ff13bc495cf2:4", "a7f2ff13bc495cf2:5", "a7f2ff13bc495cf2:6",
			"a7f2ff1481e87703:1", "a9cf91f7bbf1862b:1", "55ec222b86bcae53:1", "cc97dc7b1d7d8f7b:1", "c129715d7a2bc9a3:1"}},
	} {
		lines := make([]int, len(test.want))
		for i := range lines {
			lines[i] = i + 1
		}
		got := Of([]byte(test.text), lines)
		for i, w := range test.want {
			if got.At(i+1) != w {
				t.Errorf("%.30q line %d: got %s, want %s", test.text, i+1, got.At(i+1), w)
			}
		}
	}
}

func TestOfLeavesOutLinesThatAreNotThere(t *testing.T) {
	if got := Of([]byte("a\n"), []int{7}).At(7); got != "" {
		t.Errorf("got %q", got)
	}
	if got := Of([]byte("a\n"), []int{1}).At(2); got != "" {
		t.Errorf("got %q", got)
	}
	if got := Of(nil, nil).At(1); got != "" {
		t.Errorf("got %q", got)
	}
}

func FuzzOf(f *testing.F) {
	f.Add([]byte("a\r\nb \xe2\x82 c\n"))
	f.Add([]byte("a\r \nb\ra b\r\n\n ab\nab"))
	f.Fuzz(func(t *testing.T, text []byte) {
		want := slow(string(text))
		lines := make([]int, len(want))
		for i := range lines {
			lines[i] = i + 1
		}
		hashes := Of(text, lines)
		for i, w := range want {
			if got := hashes.At(i + 1); validUTF8(text) && got != w {
				t.Errorf("%q line %d: got %s, want %s", text, i+1, got, w)
			}
		}
	})
}

func validUTF8(text []byte) bool { return strings.ToValidUTF8(string(text), "") == string(text) }

func BenchmarkOfCarriageReturns(b *testing.B) {
	text := []byte(strings.Repeat("a line\r", 150000))
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		Of(text, []int{100000})
	}
}

func BenchmarkOf(b *testing.B) {
	text := []byte(strings.Repeat("\tif err := something(that, returns); err != nil {\n", 20000))
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		Of(text, []int{100})
	}
}
