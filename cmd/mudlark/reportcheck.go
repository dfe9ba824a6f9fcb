package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/mudlark-scan/mudlark"
	"github.com/mudlark-scan/mudlark/detectors"
	"github.com/mudlark-scan/mudlark/report"
	"github.com/mudlark-scan/mudlark/report/sarifcheck"
	"github.com/mudlark-scan/mudlark/rules"
	"github.com/mudlark-scan/mudlark/scanner"
)

func reportCheckCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "check FILE...",
		Short: "Check SARIF files, of any tool, as GitHub's code scanning does",
		Long: `Check SARIF files, whichever tool wrote them, before GitHub's code scanning gets
them: the schema of SARIF 2.1.0, GitHub's limits, and what an alert needs to be
shown at its place, graded and recognised again. Each violation is said with
where it is, what GitHub does about it (rejected: the whole file is; truncated:
a part is dropped; ignored: something has no effect), and what mends it.

Files named together are taken for one upload, in which no two analyses may have
the same tool and category. "-" reads standard input. Nothing is sent anywhere.

Exit codes: 0 nothing is wrong; 1 there are violations; 2 a file cannot be read,
or is no JSON.`,
		Example: `  mudlark report check leaks.sarif
  mudlark report check *.sarif
  trivy fs --format sarif . | mudlark report check -`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				err := errors.New("name SARIF files, as in mudlark report check leaks.sarif, or - for standard input")
				return usageError{err: err, command: cmd.CommandPath()}
			}
			return nil
		},
		RunE: func(_ *cobra.Command, files []string) error { return a.checkReports(files) },
	}
}

func (a *app) checkReports(files []string) error {
	engine, err := detectors.New(rules.Builtin(), detectors.Options{})
	if err != nil {
		return err
	}
	checker := &sarifcheck.Checker{Secret: func(text string) bool { return showsSecret(engine, text) }}
	for _, name := range files {
		found, err := a.checkReport(checker, name)
		if err != nil {
			a.say(fmt.Sprintf("failed: report %q: %v", name, cause(err)))
			a.code = a.exits.trouble
			continue
		}
		if len(found.Violations) > 0 && a.code == exitClean {
			a.code = exitFound
		}
		fmt.Fprint(a.sys.out, printable(scanner.Conceal(engine, checked(name, found))))
	}
	return nil
}

func (a *app) checkReport(checker *sarifcheck.Checker, name string) (*sarifcheck.Report, error) {
	in := a.sys.in
	if name != "-" {
		file, err := os.Open(name)
		if err != nil {
			return nil, err
		}
		defer file.Close()
		in = io.Reader(file)
	}
	return checker.Check(name, in)
}

// showsSecret reports whether a text shows a secret that is known by its form. Of
// those none is short, and most texts of a log are.
func showsSecret(engine *detectors.Engine, text string) bool {
	const least = 16
	if len(text) < least {
		return false
	}
	shows := false
	engine.Detect(mudlark.Chunk{Data: []byte(text)}, func(f mudlark.Finding) {
		shows = shows || f.Confidence == mudlark.High
	})
	return shows
}

// checked says in words what was found in a file.
func checked(name string, r *sarifcheck.Report) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s; %s in %s, %s compressed\n", report.Printable(name), verdictOf(r),
		counted(r.Results, "result"), counted(r.Runs, "run"), megabytes(r.Compressed))
	for _, v := range r.Violations {
		fmt.Fprintf(&b, "\n  %-9s  %s\n             %s: %s\n             %s\n             %s\n", v.Effect, v.Path, v.Rule, v.Text, v.Does, v.Mend)
		if v.More > 0 {
			fmt.Fprintf(&b, "             and %d more of this kind\n", v.More)
		}
	}
	for _, note := range r.Notes {
		fmt.Fprintf(&b, "  note: %s\n", note)
	}
	return b.String()
}

func verdictOf(r *sarifcheck.Report) string {
	var parts []string
	total := 0
	for _, effect := range []sarifcheck.Effect{sarifcheck.Rejected, sarifcheck.Truncated, sarifcheck.Ignored} {
		if n := r.Count(effect); n > 0 {
			total += n
			parts = append(parts, fmt.Sprintf("%d %s", n, effect))
		}
	}
	if total == 0 {
		return "nothing is wrong"
	}
	return fmt.Sprintf("%s (%s)", counted(total, "violation"), strings.Join(parts, ", "))
}

func megabytes(n int64) string {
	if n < 100_000 {
		return fmt.Sprintf("%.1f kB", float64(n)/1000)
	}
	return fmt.Sprintf("%.1f MB", float64(n)/1_000_000)
}
