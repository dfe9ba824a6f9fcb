package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/mudlark-scan/mudlark/report"
	"github.com/mudlark-scan/mudlark/suppress"
)

func ignoreCommand(a *app) *cobra.Command {
	var reason, until, path string
	cmd := &cobra.Command{
		Use:   "ignore FINGERPRINT...",
		Short: "Mark findings as no leak, with a reason",
		Long: `Add findings to the ignore file, by the fingerprints that reports show. They stay
in reports, marked, and do not count any more. The reason is for whoever reads the
file later; --until makes the finding count again from a day on.`,
		Example: `  mudlark ignore v1:github-pat:d8449da39e97f77c --reason "revoked, see the runbook"
  mudlark ignore v1:generic-password:0123456789abcdef --reason "test server" --until 2027-01-31`,
		RunE: func(cmd *cobra.Command, args []string) error {
			lines, err := ignoreLines(args, reason, until, a.sys.now())
			if err != nil {
				return usageError{err: err, command: cmd.CommandPath()}
			}
			first, err := appendLines(path, args, lines)
			if err != nil {
				return err
			}
			for i, line := range lines {
				fmt.Fprintf(a.sys.out, "%s:%d: %s\n", report.Printable(path), first+i, report.Printable(line))
			}
			return nil
		},
	}
	fs := cmd.Flags()
	fs.SortFlags = false
	fs.StringVar(&reason, "reason", "", "why it is no leak, for whoever reads the file")
	fs.StringVar(&until, "until", "", "the day from which it counts again, as in 2027-01-31 (default: never)")
	fs.StringVar(&path, "file", ".mudlarkignore", "the ignore file, which is made if it is not there")
	return cmd
}

// ignoreLines returns a line of an ignore file for each fingerprint.
func ignoreLines(prints []string, reason, until string, now time.Time) ([]string, error) {
	reason = strings.TrimSpace(reason)
	switch {
	case len(prints) == 0:
		return nil, errors.New("name a fingerprint from a report, as in v1:github-pat:0123456789abcdef")
	case reason == "":
		return nil, errors.New(`give a reason, as in --reason "test key of the demo server"`)
	case strings.ContainsFunc(reason, func(r rune) bool { return r < ' ' }) || strings.Contains(reason, "until="):
		return nil, errors.New("--reason is words in one line; the end has a flag of its own, --until")
	}
	if until != "" {
		end, err := time.Parse(time.DateOnly, until)
		if err != nil || !end.After(now) {
			return nil, outOfRange("until", "a day to come, as in 2027-01-31")
		}
		reason += " until=" + until
	}
	var lines []string
	for _, p := range prints {
		line := p + " " + reason
		if !strings.HasPrefix(p, "v1:") || strings.ContainsAny(p, " \t") || new(suppress.Ignore).Read("", strings.NewReader(line)) != nil {
			return nil, errors.New("an argument is no fingerprint: copy one from a report, as in v1:github-pat:0123456789abcdef")
		}
		lines = append(lines, line)
	}
	return lines, nil
}

// appendLines adds lines, one for each fingerprint, to a file, and returns the
// number of the first. A fingerprint that stands there already is an error, and
// then nothing is added.
func appendLines(path string, prints, lines []string) (first int, err error) {
	info, err := os.Lstat(path)
	if err == nil && !info.Mode().IsRegular() {
		return 0, fmt.Errorf("%q is no file, but a link or a folder: name the file itself with --file", path)
	}
	text, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return 0, errIgnoreFile(path, err)
	}
	if err := new(suppress.Ignore).Read(path, bytes.NewReader(text)); err != nil {
		return 0, errIgnoreFile(path, err)
	}
	n := 0
	for line := range bytes.Lines(text) {
		n++
		for _, p := range prints {
			if name, _, _ := bytes.Cut(bytes.TrimSpace(bytes.ReplaceAll(line, []byte("\t"), []byte(" "))), []byte(" ")); string(name) == p {
				return 0, fmt.Errorf("%s stands in %q, line %d, already: change it there", p, path, n)
			}
		}
	}
	add := strings.Join(lines, "\n") + "\n"
	if len(text) > 0 && text[len(text)-1] != '\n' {
		add = "\n" + add
	}
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return 0, errIgnoreFile(path, err)
	}
	_, err = f.WriteString(add)
	if err := errors.Join(err, f.Close()); err != nil {
		return 0, errIgnoreFile(path, err)
	}
	return n + 1, nil
}
