//go:build !gendoc

package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mudlark-scan/mudlark/rules"
)

// manyTokens writes n different tokens below dir, in files of a hundred, and returns
// what all begin with.
func manyTokens(t *testing.T, dir string, n int) (prefix string) {
	t.Helper()
	var text bytes.Buffer
	for i := range n {
		token, err := rules.Fill("<github ghp_>", uint64(i))
		if err != nil {
			t.Fatal(err)
		}
		prefix = token[:4]
		fmt.Fprintln(&text, token)
		if i%100 == 99 || i == n-1 {
			if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("%d.txt", i/100)), text.Bytes(), 0o600); err != nil {
				t.Fatal(err)
			}
			text.Reset()
		}
	}
	return prefix
}

func listed(t *testing.T, dir string) string {
	t.Helper()
	list, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range list {
		names = append(names, e.Name())
	}
	return strings.Join(names, " ")
}

// TestAReportOf25001SecretsIsSplit: a service refuses the whole of a file with one
// result too many. What an earlier run left is gone after the next.
func TestAReportOf25001SecretsIsSplit(t *testing.T) {
	long(t)
	dir, out := t.TempDir(), t.TempDir()
	prefix := manyTokens(t, dir, 25_001)
	path := filepath.Join(out, "leaks.sarif")
	res := mud(t, "", "dir", dir, "--out", path)
	if res.code != exitFound || !strings.Contains(res.err, "split into 2 files") || !strings.Contains(res.err, "upload all of them") {
		t.Fatalf("code %d: %s", res.code, res.err)
	}
	if got := listed(t, out); got != "leaks-2.sarif leaks.sarif" {
		t.Fatalf("written: %s", got)
	}
	second := filepath.Join(out, "leaks-2.sarif")
	if res := mud(t, "", "report", "check", path, second); res.code != exitClean || !strings.Contains(res.out, "25000 results") || !strings.Contains(res.out, "1 result ") {
		t.Errorf("code %d: %s%s", res.code, res.out, res.err)
	}
	for _, name := range []string{path, second} {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(text, []byte(prefix)) {
			t.Errorf("%s shows a secret", name)
		}
	}
	onStandardOutput(t, dir)
	besideOthers(t, dir)

	// A later run finds less.
	small := t.TempDir()
	manyTokens(t, small, 3)
	if res := mud(t, "", "dir", small, "--out", path); res.code != exitFound || strings.Contains(res.err, "split") {
		t.Errorf("code %d: %s", res.code, res.err)
	}
	if got := listed(t, out); got != "leaks.sarif" {
		t.Errorf("after a run that found less: %s", got)
	}
}

// onStandardOutput: what is left out is said there, in the report and besides.
func onStandardOutput(t *testing.T, dir string) {
	t.Helper()
	res := mud(t, "", "dir", dir, "--format", "sarif")
	if res.code != exitFound || !strings.Contains(res.err, "the sarif report is not whole: it has the 24999 most severe results, and 2 are left out") {
		t.Errorf("standard output: code %d: %s", res.code, res.err)
	}
	if n := strings.Count(res.out, `"ruleId": "github-pat"`); n != 24_999 || strings.Count(res.out, `"ruleId": "mudlark-results-left-out"`) != 1 {
		t.Errorf("standard output: %d results", n)
	}
	if check := mud(t, res.out, "report", "check", "-"); check.code != exitClean {
		t.Errorf("standard output: %s", check.out)
	}
}

// besideOthers: no part takes the place of a file that is none.
func besideOthers(t *testing.T, dir string) {
	t.Helper()
	out := t.TempDir()
	path, second := filepath.Join(out, "a.sarif"), filepath.Join(out, "a-2.sarif")
	if err := os.WriteFile(second, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	res := mud(t, "", "dir", dir, "--out", path)
	if res.code != exitTrouble || !strings.Contains(res.err, "something else lies") || !strings.Contains(res.err, "not whole") {
		t.Errorf("beside another file: code %d: %s", res.code, res.err)
	}
	if text, err := os.ReadFile(second); err != nil || string(text) != "mine" {
		t.Errorf("%s, %v", text, err)
	}
	if check := mud(t, "", "report", "check", path); check.code != exitClean {
		t.Errorf("beside another file: %s", check.out)
	}
	if err := os.Remove(second); err != nil {
		t.Fatal(err)
	}
	res = mud(t, "", "dir", dir, "--out", path, "--report", "json="+second)
	if res.code != exitTrouble || !strings.Contains(res.err, "where the json report goes") {
		t.Errorf("beside another report: code %d: %s", res.code, res.err)
	}
	if text, err := os.ReadFile(second); err != nil || !bytes.HasPrefix(text, []byte("{\n")) && !bytes.HasPrefix(text, []byte("[")) {
		t.Errorf("the json report is %.40q, %v", text, err)
	}
}
