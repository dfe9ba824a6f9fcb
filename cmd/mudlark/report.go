package main

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/mudlark-scan/mudlark/report"
)

func reportCommand(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "report",
		Short: "Work with recorded reports",
		Args:  noArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(convertCommand(a), reportCheckCommand(a))
	return cmd
}

func convertCommand(a *app) *cobra.Command {
	var flags scanFlags
	cmd := &cobra.Command{
		Use:   "convert FILE.jsonl",
		Short: "Turn a recorded scan (jsonl) into another format",
		Long: `Turn a scan recorded with --format jsonl into another format, without scanning
again. "-" reads standard input.`,
		Example: `  mudlark git . --out scan.jsonl
  mudlark report convert scan.jsonl --out scan.sarif
  mudlark report convert scan.jsonl --format text
  mudlark report convert scan.jsonl --report sarif=a.sarif --report junit=b.xml`,
		Args: oneArg("one recording, as in mudlark report convert scan.jsonl, or - for standard input"),
		RunE: func(cmd *cobra.Command, args []string) error {
			flags.logLevel = "warn"
			if err := flags.check(); err != nil {
				return usageError{err: err, command: cmd.CommandPath()}
			}
			flags.formatGiven = cmd.Flags().Changed("format")
			return a.convert(args[0], &flags)
		},
	}
	fs := cmd.Flags()
	fs.StringVarP(&flags.format, "format", "f", "text", formatUsage())
	fs.StringVarP(&flags.out, "out", "o", "", "write to this file instead of standard output; its ending chooses the format")
	flags.defineReports(cmd)
	fs.IntVar(&flags.redact, "redact", 100, "how much of a secret to hide, in percent; what the recording hides stays hidden")
	fs.BoolVarP(&flags.verbose, "verbose", "v", false, "report every place, and what is suppressed")
	fs.BoolVar(&flags.noColor, "no-color", false, "no colours (NO_COLOR does the same)")
	return cmd
}

func (a *app) convert(path string, flags *scanFlags) error {
	in := a.sys.in
	if path != "-" {
		file, err := os.Open(path)
		if err != nil {
			return fmt.Errorf("report %q: %w", path, cause(err))
		}
		defer file.Close()
		in = io.Reader(file)
	}
	out, err := a.outputs(flags)
	if err != nil {
		return err
	}
	defer out.abort()
	replayed := report.Replay(in, out)
	if replayed != nil && !errors.Is(replayed, report.ErrUnfinished) {
		return fmt.Errorf("report %q: %w", path, replayed)
	}
	// Of a recording that was cut off, what there is is still worth having.
	if err := out.commit(); err != nil {
		return err
	}
	if replayed != nil {
		return fmt.Errorf("report %q: %w", path, replayed)
	}
	return nil
}
