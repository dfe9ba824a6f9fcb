//go:build !gendoc

package main

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestSameBytesWhateverTheNumberOfWorkers scans a repository with merges,
// archives, encodings and damage again and again.
func TestSameBytesWhateverTheNumberOfWorkers(t *testing.T) {
	r := newRepo(t)
	r.commit("first")
	n := 0
	secret := func() string { n++; return token(t, "<github ghp_>", n%40) } // some of them more than once
	for i := range 12 {
		var text strings.Builder
		for range 8 {
			fmt.Fprintf(&text, "some text\ntoken = %s\n", secret())
		}
		r.write(fmt.Sprintf("d%d/f%d.txt", i%3, i), text.String())
		r.write(fmt.Sprintf("z/%d.zip", i), string(zipOf(t, "a.txt", []byte(secret()), "b.zip", zipOf(t, "c.txt", []byte(secret())))))
		r.write(fmt.Sprintf("e/%d.txt", i), "x: "+base64.StdEncoding.EncodeToString([]byte("token: "+secret()))+"\n")
		if i%3 == 0 {
			r.git("checkout", "-q", "-b", fmt.Sprint("side", i))
			r.write(fmt.Sprintf("side/%d.txt", i), secret())
			r.commit("side " + secret())
			r.git("checkout", "-q", "main")
		}
		r.commit(fmt.Sprint("commit ", i))
		if i%3 == 0 {
			r.git("merge", "-q", "--no-edit", "--no-ff", fmt.Sprint("side", i))
		}
	}
	r.git("repack", "-adq")
	r.write("flood.txt", string(flood(t, 1050)))
	r.write("after.txt", secret())
	r.commit("after the pack")
	r.git("tag", "-a", "v1", "-m", secret())
	harmIn(t, r.dir, r.git("rev-parse", "HEAD:after.txt"))
	for _, source := range []string{"git", "dir"} {
		checkStable(t, source, r.dir)
	}
}

// harmIn damages a loose object and the one pack of a repository in some places.
func harmIn(t *testing.T, dir, loose string) {
	t.Helper()
	objects := filepath.Join(dir, ".git", "objects")
	packs, err := filepath.Glob(filepath.Join(objects, "pack", "*.pack"))
	if err != nil || len(packs) != 1 {
		t.Fatal(packs, err)
	}
	pack, err := os.ReadFile(packs[0])
	if err != nil {
		t.Fatal(err)
	}
	for at := len(pack) / 4; at < len(pack)-100; at += len(pack) / 3 {
		pack[at] ^= 0x10
	}
	for path, data := range map[string][]byte{
		packs[0]: pack, filepath.Join(objects, loose[:2], loose[2:]): []byte("damaged"),
	} {
		if err := os.Chmod(path, 0o644); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// checkStable runs a scan several times and compares the reports.
func checkStable(t *testing.T, source, dir string) {
	t.Helper()
	runs := 5
	if quick() || source != "git" {
		runs = 2
	}
	for _, format := range []string{"jsonl", "json", "sarif"} {
		var first result
		for i := range runs {
			for _, workers := range []string{"1", "8"} {
				res := mud(t, "", source, dir, "--format", format, "--workers", workers)
				if first.out == "" {
					first = res
				}
				if res.code != exitFound {
					t.Fatalf("%s: exit code %d: %s", source, res.code, res.err)
				}
				if res.out != first.out || res.err != first.err {
					t.Errorf("%s: %s differs in run %d with %s workers: %s", source, format, i, workers, firstDifference(first.out, res.out))
					return
				}
			}
		}
		if format == "jsonl" {
			rec := parseRecord(t, first.out)
			if source == "git" && (!rec.summary.Incomplete || len(rec.findings) < 50 || len(rec.summary.Folds) == 0) {
				t.Errorf("incomplete %v, %d findings, %d folds: this repository shows too little", rec.summary.Incomplete, len(rec.findings), len(rec.summary.Folds))
			}
		}
	}
}

func firstDifference(a, b string) string {
	la, lb := bytes.Split([]byte(a), []byte("\n")), bytes.Split([]byte(b), []byte("\n"))
	for i := range min(len(la), len(lb)) {
		if !bytes.Equal(la[i], lb[i]) {
			return fmt.Sprintf("line %d:\n%.600s\n%.600s", i+1, la[i], lb[i])
		}
	}
	return fmt.Sprintf("%d and %d lines", len(la), len(lb))
}
