package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/mudlark-scan/mudlark"
	"github.com/mudlark-scan/mudlark/detectors"
	"github.com/mudlark-scan/mudlark/report"
	"github.com/mudlark-scan/mudlark/scanner"
	"github.com/mudlark-scan/mudlark/sources"
	"github.com/mudlark-scan/mudlark/suppress"
)

// Bounds of what is explained.
const (
	maxExplained  = 64 << 20 // bytes of a file
	maxCandidates = 20_000
)

// An explanation is one run of the command explain.
type explanation struct {
	*app
	flags  scanFlags
	name   string // of the file, as it was given
	line   int    // the only one that is asked about; 0: all
	engine *detectors.Engine
}

func explainCommand(a *app) *cobra.Command {
	x := &explanation{app: a}
	cmd := &cobra.Command{
		Use:   "explain FILE[:LINE] | -",
		Short: "Show for each candidate in a file what was decided, and why",
		Long: `Show every piece of text in a file that a rule took for a secret: those that are
findings, with each piece of evidence and what it added to the confidence, and
those that were dropped, with the reason. Points of 80 and more are high
confidence, of 40 and more medium, but never more than the rule's own.

What decided is named: the pattern, the entropy, the line of the configuration, the
entry of an ignore file or baseline. Configuration and ignore file are those of the
current folder, unless flags name others. Of a line without a candidate it is said
which rules' keywords stand there.

The file is read as it is: archives are not opened. With "-" standard input is
read. doc/confidence.md describes the evidence.`,
		Example: `  mudlark explain config/settings.py
  mudlark explain config/settings.py:42
  mudlark explain --redact=0 .env
  git show HEAD:app.yml | mudlark explain -`,
		Args: oneArg("one file, as in mudlark explain config/app.yml, or - for standard input"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if x.flags.redact < 0 || x.flags.redact > 100 {
				return usageError{err: outOfRange("redact", "a percentage from 0 (show secrets) to 100 (hide them)"), command: cmd.CommandPath()}
			}
			return x.run(args[0])
		},
	}
	fs := cmd.Flags()
	fs.SortFlags = false
	f := &x.flags
	fs.StringVarP(&f.config, "config", "c", "", "configuration: rules and allowlists (default: mudlark.toml, else .gitleaks.toml, of the current folder)")
	fs.StringSliceVar(&f.sets, "rules", []string{"default"}, rulesUsage)
	fs.TextVar(&f.confidence, "confidence", mudlark.Medium, "least confidence that counts: low, medium or high")
	fs.StringVar(&f.ignoreFile, "ignore-file", "", "file of fingerprints that do not count (default: .mudlarkignore of the current folder)")
	f.defineBaseline(fs)
	fs.IntVar(&f.redact, "redact", 100, "how much of a secret to hide, in percent; --redact=0 shows secrets")
	return cmd
}

func (x *explanation) run(arg string) error {
	source, err := sources.Find("dir")
	if err != nil {
		return err
	}
	conf, err := (&scan{app: x.app, source: hookSource{source.New()}, flags: x.flags}).configuration()
	if err != nil {
		return err
	}
	for _, w := range conf.warnings {
		x.warn(w)
	}
	// Told is what allowlists drop by its place, too.
	if x.engine, err = detectors.New(conf.set, detectors.Options{Now: x.sys.now(), TellAllowed: true}); err != nil {
		return err
	}
	data, err := x.read(arg)
	if err != nil {
		return err
	}
	origin := mudlark.Origin{Source: "dir", Path: filepath.ToSlash(fromHere(x.name))}
	if arg == "-" {
		origin = mudlark.Origin{Source: "stdin", Path: "stdin"}
	}
	var all []detectors.Explanation
	more := 0
	x.engine.Explain(mudlark.Chunk{Data: data, Origin: origin}, func(e detectors.Explanation) {
		if len(all) == maxCandidates {
			more++
			return
		}
		all = append(all, e)
	})
	x.judge(all, conf.suppress)
	return x.print(all, more, data)
}

// read reads the file that arg names, or the file and a line of it.
func (x *explanation) read(arg string) ([]byte, error) {
	if x.name = arg; arg == "-" {
		x.name = "stdin"
		return bounded(x.sys.in, "standard input")
	}
	file, err := os.Open(arg)
	if name, line, ok := cutLine(arg); ok && errors.Is(err, os.ErrNotExist) {
		x.name, x.line = name, line
		file, err = os.Open(name)
	}
	if err != nil {
		return nil, fmt.Errorf("%q cannot be read: %w", x.name, cause(err))
	}
	defer file.Close()
	if info, err := file.Stat(); err == nil && info.IsDir() {
		return nil, fmt.Errorf("%q is a folder: name one file of it", x.name)
	}
	return bounded(file, strconv.Quote(x.name))
}

// fromHere returns a path as seen from the folder one is in, if it lies below:
// folders above say nothing of a file.
func fromHere(name string) string {
	if !filepath.IsAbs(name) {
		return name
	}
	here, err := os.Getwd()
	if err != nil {
		return name
	}
	if rel, err := filepath.Rel(here, name); err == nil && filepath.IsLocal(rel) {
		return rel
	}
	return filepath.Base(name)
}

// cutLine parts "FILE:LINE".
func cutLine(arg string) (name string, line int, ok bool) {
	i := strings.LastIndexByte(arg, ':')
	if i < 1 {
		return "", 0, false
	}
	line, err := strconv.Atoi(arg[i+1:])
	return arg[:i], line, err == nil && line > 0
}

func bounded(r io.Reader, what string) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(r, maxExplained+1))
	if err == nil && len(data) > maxExplained {
		err = fmt.Errorf("%s has more than %d MB: name a smaller piece of it", what, maxExplained>>20)
	}
	return data, err
}

// judge decides about candidates as a scan does.
func (x *explanation) judge(all []detectors.Explanation, lists []suppress.List) {
	var found []mudlark.Finding
	var at []int
	for i := range all {
		e := &all[i]
		switch {
		case e.Dropped != (mudlark.Evidence{}):
		case !x.engine.Applies(e.Finding):
			e.Dropped = mudlark.Evidence{Name: "path", Detail: "the rule is not meant for it"}
		default:
			if by, _, ok := x.engine.Allowed(e.Finding); ok {
				e.Dropped = mudlark.Evidence{Name: "allowlist", Detail: strings.TrimSuffix(by.Place+": "+by.Reason, ": ")}
				continue
			}
			found, at = append(found, e.Finding), append(at, i)
		}
	}
	scanner.New(x.engine, scanner.Options{
		Confidence: x.flags.confidence, Suppress: lists, Now: x.sys.now(), Key: []byte(x.sys.getenv("MUDLARK_KEY")),
	}).Judge(found)
	for k, i := range at {
		all[i].Finding = found[k]
	}
}

func (x *explanation) print(all []detectors.Explanation, more int, data []byte) error {
	var b strings.Builder
	counts, dropped, others := 0, 0, 0
	for i := range all {
		e := &all[i]
		if p := e.Finding.Position; x.line != 0 && (x.line < p.StartLine || x.line > p.EndLine) {
			continue
		}
		switch verdict := x.verdict(e); verdict {
		case "dropped":
			dropped++
			x.head(&b, e, "dropped")
			fmt.Fprintf(&b, "    %s: %s\n", report.Printable(e.Dropped.Name), x.remark(e.Dropped.Detail))
		default:
			if verdict == "counts" {
				counts++
			} else {
				others++
			}
			x.head(&b, e, e.Finding.Confidence.String()+", "+verdict)
			evidence(&b, e.Finding.Evidence)
		}
	}
	if x.line != 0 && counts+others+dropped == 0 {
		x.nothing(&b, data)
	}
	fmt.Fprintf(&b, "candidates: %d; count: %d, do not count: %d, dropped: %d\n", counts+others+dropped, counts, others, dropped)
	if more > 0 {
		fmt.Fprintf(&b, "and %d candidates more: name a line, or a smaller piece of the file\n", more)
	}
	_, err := io.WriteString(x.sys.out, b.String())
	return err
}

// verdict says what became of a candidate.
func (x *explanation) verdict(e *detectors.Explanation) string {
	switch f := &e.Finding; {
	case e.Dropped != (mudlark.Evidence{}):
		return "dropped"
	case f.Counts():
		return "counts"
	case f.Suppression.By == mudlark.ByAssessment:
		return "does not count: " + f.Suppression.Reason
	case f.Suppression.By == mudlark.ByConfidence:
		return "does not count below " + x.flags.confidence.String()
	}
	by := e.Finding.Suppression
	words := "does not count: suppressed by " + string(by.By)
	if by.Place != "" {
		words += " at " + x.remark(by.Place)
	}
	if by.Reason != "" {
		words += ": " + x.remark(by.Reason)
	}
	return words
}

// remark is what somebody wrote beside a secret, which it may repeat, or another.
func (x *explanation) remark(text string) string {
	if x.flags.redact > 0 {
		text = scanner.Conceal(x.engine, text)
	}
	return report.Printable(text)
}

// maxNear is how many rules are named of which only a keyword is there.
const maxNear = 12

// nothing says of a line without a candidate whose keywords stand on it.
func (x *explanation) nothing(b *strings.Builder, data []byte) {
	lines := bytes.Split(data, []byte("\n"))
	if x.line > len(lines) {
		fmt.Fprintf(b, "%s has %s\n", report.Printable(x.name), counted(len(lines), "line"))
		return
	}
	near := x.engine.Near(lines[x.line-1])
	if len(near) == 0 {
		fmt.Fprintf(b, "%s:%d: no rule's keyword is on this line, so no rule looked at it\n", report.Printable(x.name), x.line)
		return
	}
	fmt.Fprintf(b, "%s:%d: no pattern matches. Keywords on this line:\n", report.Printable(x.name), x.line)
	for i, n := range near {
		if i == maxNear {
			fmt.Fprintf(b, "    and those of %s more\n", counted(len(near)-i, "rule"))
			break
		}
		fmt.Fprintf(b, "    %-40s  %s\n", report.Printable(n.Keyword), report.Printable(n.Rule))
	}
}

func (x *explanation) head(b *strings.Builder, e *detectors.Explanation, verdict string) {
	f := &e.Finding
	fmt.Fprintf(b, "%s:%d:%d  %s  %s\n", report.Printable(x.name), f.Position.StartLine, f.Position.StartColumn, report.Printable(f.RuleID), verdict)
	fmt.Fprintf(b, "    secret %s, %d bytes", report.Secret(f.Secret, x.flags.redact), f.Secret.Len())
	if f.Key != "" {
		fmt.Fprintf(b, ", key %s", report.Printable(f.Key))
	}
	b.WriteByte('\n')
}

// evidence writes a line for each piece and the sum below.
func evidence(b *strings.Builder, list []mudlark.Evidence) {
	sum := 0
	for _, e := range list {
		sum += e.Effect
		fmt.Fprintf(b, "    %+4d  %-9s  %s\n", e.Effect, report.Printable(e.Name), report.Printable(e.Detail))
	}
	fmt.Fprintf(b, "    %4d  in all\n", sum)
}
