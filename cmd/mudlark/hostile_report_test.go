//go:build unix && !gendoc

package main

import (
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
)

// A desk is a folder with something to scan in it and room for reports.
type desk struct {
	testing.TB
	dir, secret string
}

func newDesk(t testing.TB) desk {
	t.Helper()
	d := desk{t, t.TempDir(), token(t, "<github ghp_>", 1)}
	putFile(t, d.dir, "d/a.txt", []byte("token: "+d.secret+"\n"))
	return d
}

func (d desk) path(name string) string { return filepath.Join(d.dir, name) }

// to scans with a report to a path.
func (d desk) to(out string, args ...string) ended {
	d.Helper()
	e := spawn{dir: d.dir}.mud(d, append([]string{"dir", "d", "--format", "jsonl", "--out", out}, args...)...)
	d.noTemporary()
	return e
}

func (d desk) noTemporary() {
	d.Helper()
	if left, _ := filepath.Glob(d.path(".mudlark-*")); len(left) > 0 {
		d.Errorf("left behind: %v", left)
	}
}

// refused checks that a report was not written, for a reason that is said.
func (d desk) refused(e ended, words ...string) {
	d.Helper()
	if e.code != exitTrouble {
		d.Errorf("exit code %d", e.code)
	}
	for _, w := range append(words, "mudlark: failed: ") {
		if !strings.Contains(e.err, w) {
			d.Errorf("%q does not say %q", e.err, w)
		}
	}
}

func TestReportNeverGoesWhereItWasNotAsked(t *testing.T) {
	d := newDesk(t)
	old := putFile(t, d.dir, "old", []byte("old"))
	for link, to := range map[string]string{"link": "old", "dangling": "nowhere", "linked-folder": "d"} {
		if err := os.Symlink(to, d.path(link)); err != nil {
			t.Fatal(err)
		}
	}
	d.refused(d.to("link"), `"link"`, "symbolic link", "remove it")
	d.refused(d.to("dangling"), `"dangling"`, "symbolic link")
	d.refused(d.to("linked-folder"), `"linked-folder"`)
	d.refused(d.to("d"), "folder", "name a file")
	d.refused(d.to("no/such/x.json"), `"no/such"`, "create it first")
	d.refused(d.to("old/x.json"), `"old/x.json"`)
	if text, _ := os.ReadFile(old); string(text) != "old" {
		t.Error("a report was written through a link")
	}
	if _, err := os.Lstat(d.path("nowhere")); err == nil {
		t.Error("a report was written through a dangling link")
	}
}

func TestReportOfAFailedScanLeavesTheOldOne(t *testing.T) {
	d := newDesk(t)
	old := putFile(t, d.dir, "old.jsonl", []byte("old"))
	for _, args := range [][]string{
		{"dir", "nowhere"}, {"git", "d"}, {"dir", "d", "--config", "nowhere.toml"}, {"dir", "d", "--enable-rule", "no-such-rule"},
		{"dir", "d", "--accept", "everything"}, {"dir", "d", "--format", "sarf"}, {"dir", "d", "--ignore-file", "nowhere"},
		{"git", "d", "--range", "A..B"}, {"report", "convert", "nowhere.jsonl"}, {"report", "convert", "d/a.txt"},
	} {
		e := spawn{dir: d.dir}.mud(t, append(args, "--out", "old.jsonl")...)
		d.refused(e)
		d.noTemporary()
		if text, _ := os.ReadFile(old); string(text) != "old" {
			t.Fatalf("mudlark %v harmed the old report", args)
		}
	}
}

func TestReportIsReadableByItsOwnerAlone(t *testing.T) {
	d := newDesk(t)
	d.to("new.jsonl")
	info, err := os.Stat(d.path("new.jsonl"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", info.Mode(), err)
	}
}

func TestReportToAReadOnlyFolderIsRefused(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("to its administrator no folder is read-only")
	}
	d := newDesk(t)
	if err := os.Mkdir(d.path("ro"), 0o555); err != nil {
		t.Fatal(err)
	}
	d.refused(d.to("ro/x.jsonl"), `"ro/x.jsonl"`, "permission denied")
}

func TestReportToAPipeAndToDevices(t *testing.T) {
	d := newDesk(t)
	pipe := d.path("pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Skip(err)
	}
	got := make(chan string)
	go func() {
		f, err := os.Open(pipe)
		if err != nil {
			got <- err.Error()
			return
		}
		defer f.Close()
		text, _ := io.ReadAll(f)
		got <- string(text)
	}()
	e := d.to("pipe")
	if rec := parseRecord(t, <-got); e.code != exitFound || len(rec.findings) != 1 || rec.summary.Findings != 1 {
		t.Errorf("exit code %d, through the pipe came %+v", e.code, rec.findings)
	}
	if info, err := os.Lstat(pipe); err != nil || info.Mode()&os.ModeNamedPipe == 0 {
		t.Error("the pipe is gone")
	}
	for _, out := range []string{"-", "/dev/stdout", "/dev/fd/1"} {
		if e := d.to(out); e.code != exitFound || len(parseRecord(t, e.out).findings) != 1 {
			t.Errorf("--out %s: exit code %d, %.300s", out, e.code, e.out)
		}
	}
	if e := d.to("/dev/null"); e.code != exitFound || e.out != "" {
		t.Errorf("--out /dev/null: exit code %d, %.300s", e.code, e.out)
	}
	if _, err := os.Stat("/dev/null"); err != nil {
		t.Error(err)
	}
}

func TestReportToAFullDiskFails(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("there is no /dev/full")
	}
	d := newDesk(t)
	for _, format := range []string{"text", "json", "jsonl", "sarif"} {
		d.refused(d.to("/dev/full", "--format", format), "/dev/full", "no space left")
	}
	sh := spawn{dir: d.dir}.shell(t, `mudlark dir d >/dev/full`)
	d.refused(sh, "no space left")

	// A limit for files is as good as a full disk for what can be seen of it.
	old := putFile(t, d.dir, "old.json", []byte("old"))
	sh = spawn{dir: d.dir}.shell(t, `ulimit -f 1; mudlark dir d --out old.json`)
	d.refused(sh, "old.json", "file too large")
	d.noTemporary()
	if text, _ := os.ReadFile(old); string(text) != "old" {
		t.Error("the old report is harmed")
	}
}

// TestReportInTheFolderThatIsScannedIsNotScanned: the report's own temporary
// file is none of the user's files.
func TestReportInTheFolderThatIsScannedIsNotScanned(t *testing.T) {
	d := newDesk(t)
	d.to("d/x.jsonl")
	text, err := os.ReadFile(d.path("d/x.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	if n := parseRecord(t, string(text)).summary.Coverage.Files; n != 1 {
		t.Errorf("%d files were read, there is one", n)
	}
}

// TestBrokenPipeEndsQuietly: "mudlark ... | head -1" is no trouble worth words,
// and must not be taken for a clean scan.
func TestBrokenPipeEndsQuietly(t *testing.T) {
	d := newDesk(t)
	putFile(t, d.dir, "d/many.txt", flood(t, 900))
	for _, format := range []string{"text", "json", "jsonl", "sarif"} {
		e := spawn{dir: d.dir}.shell(t, `mudlark dir d --format `+format+` | head -n 1 >/dev/null; exit ${PIPESTATUS[0]}`)
		if e.code == exitClean {
			t.Errorf("%s: exit code 0", format)
		}
		if strings.Contains(e.err, "failed") || strings.Contains(e.err, "broken pipe") {
			t.Errorf("%s: %q", format, e.err)
		}
	}
}
