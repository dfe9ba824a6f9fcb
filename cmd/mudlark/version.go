package main

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"

	"github.com/mudlark-scan/mudlark"
)

// version is set by the release build.
var version = ""

func tool() mudlark.Tool {
	return mudlark.Tool{Name: "mudlark", Version: toolVersion(), URL: "https://github.com/mudlark-scan/mudlark"}
}

// toolVersion is what the release build set, else what go install recorded.
func toolVersion() string {
	if version != "" {
		return version
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" && info.Main.Version != "(devel)" {
		return info.Main.Version
	}
	return "0.0.0-dev"
}

func versionCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use:     "version",
		Short:   "Print the version",
		Args:    noArgs,
		Example: "  mudlark version",
		Run:     func(*cobra.Command, []string) { a.printVersion() },
	}
}

func (a *app) printVersion() {
	fmt.Fprintf(a.sys.out, "mudlark %s (%s, %s/%s)\n", toolVersion(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
}
