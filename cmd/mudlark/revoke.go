package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/mudlark-scan/mudlark"
	"github.com/mudlark-scan/mudlark/report"
	"github.com/mudlark-scan/mudlark/verifiers"
)

func revokeCommand(a *app) *cobra.Command {
	var from, config string
	verify := verifyFlags{on: true, revokes: true, remember: time.Hour}
	cmd := &cobra.Command{
		Use:   "revoke FINDING",
		Short: "End the life of a leaked secret at its provider",
		Long: `Revoke a secret of a recorded scan at its provider, for the providers that let a
secret end its own life: GitHub, GitLab, Slack, Hugging Face, Vault and others.
"mudlark rules show RULE" says whether a kind is among them.

FINDING is a fingerprint, or the beginning of one that no other begins with. The
recording must hold its secrets (--format jsonl --redact=0). This cannot be undone:
mudlark asks first, unless --yes is given, and writes a line to the log.`,
		Example: `  mudlark git . --format jsonl --redact=0 --out scan.jsonl
  mudlark revoke v1:github-pat:0f3a --report scan.jsonl`,
		Args: oneArg("one fingerprint, as in mudlark revoke v1:github-pat:0123456789abcdef --report scan.jsonl"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if from == "" {
				err := errors.New("name the recording that the finding is in with --report")
				return usageError{err: err, command: cmd.CommandPath()}
			}
			return a.revoke(cmd.Context(), args[0], from, config, &verify)
		},
	}
	fs := cmd.Flags()
	fs.SortFlags = false
	fs.StringVar(&from, "report", "", "the recording that the finding is in, - for standard input")
	fs.StringVarP(&config, "config", "c", "", "configuration whose rules and [verify] hold (default: the built-in rules)")
	fs.BoolVar(&verify.yes, "yes", false, "revoke without a further question")
	verify.defineHosts(fs)
	verify.defineTraces(fs)
	return cmd
}

// revoke revokes the secret of the finding that a fingerprint begins.
func (a *app) revoke(ctx context.Context, name, from, config string, flags *verifyFlags) error {
	if from == "-" && !flags.yes {
		return errors.New("the recording comes from standard input, so nobody can answer a question there: add --yes, or name a file")
	}
	recording, err := a.recording(from)
	if err != nil {
		return err
	}
	f, err := oneFinding(recording.Findings, name)
	if err != nil {
		return err
	}
	set, err := a.trusted(config)
	if err != nil {
		return err
	}
	set.Withhold(foreign(recording.Run))
	asking, err := a.verification(set, flags, true)
	if err != nil {
		return err
	}
	r, err := asking.pool.Revocation(&f)
	if err != nil {
		return errors.Join(err, asking.close())
	}
	err = a.carryOut(ctx, &f, r, flags.yes)
	return errors.Join(err, asking.close())
}

// oneFinding returns the finding whose fingerprint name begins, which must be of
// one secret alone.
func oneFinding(found []mudlark.Finding, name string) (mudlark.Finding, error) {
	var one *mudlark.Finding
	for i := range found {
		f := &found[i]
		switch {
		case !strings.HasPrefix(f.Fingerprint, name):
		case one == nil:
			one = f
		case one.Fingerprint != f.Fingerprint || one.Secret != f.Secret:
			return mudlark.Finding{}, fmt.Errorf("several secrets have a fingerprint that begins with %q, %s and %s among them: give more of it", name, one.Fingerprint, f.Fingerprint)
		}
	}
	if one == nil || name == "" {
		return mudlark.Finding{}, fmt.Errorf("the recording has no finding whose fingerprint begins with %q", name)
	}
	return *one, nil
}

func (a *app) carryOut(ctx context.Context, f *mudlark.Finding, r *verifiers.Revocation, yes bool) error {
	place := fmt.Sprintf("%s:%d", f.Origin.Path, f.Position.StartLine)
	fmt.Fprintf(a.sys.err, "This ends the life of the secret of %s at %s:\n  %s %s\nIt cannot be undone, and whatever uses the secret stops working.\n",
		report.Printable(f.RuleID), report.Printable(place), r.Target.Method, report.Printable(r.Target.Host))
	if !yes {
		yes, err := a.sys.agrees(ctx, "Revoke?")
		if err == nil && !yes {
			err = errors.New("nothing was revoked, as you said")
		}
		if err != nil {
			return err
		}
	}
	if err := r.Send(ctx); err != nil {
		return fmt.Errorf("it may not be revoked: %w", err)
	}
	fmt.Fprintln(a.sys.out, report.Printable(f.Fingerprint)+" is revoked at "+report.Printable(r.Target.Host)+"; mudlark verify tells whether it is gone.")
	return nil
}
