package main

import (
	"slices"

	"github.com/spf13/cobra"

	"github.com/mudlark-scan/mudlark/sources"
)

// A maker makes one of the commands below the root.
type maker struct {
	name string
	make func(*app) *cobra.Command
}

// makers lists the commands, in the order in which help groups them.
func makers() []maker {
	var all []maker
	for _, kind := range sources.All {
		all = append(all, maker{kind.Name, func(a *app) *cobra.Command { return scanCommand(a, kind) }})
	}
	return append(all,
		maker{"ci", ciCommand}, maker{"hook", hookCommand},
		maker{"ignore", ignoreCommand}, maker{"suppressions", suppressionsCommand}, maker{"migrate", migrateCommand}, maker{"explain", explainCommand},
		maker{"verify", verifyCommand}, maker{"revoke", revokeCommand},
		maker{"rules", rulesCommand}, maker{"report", reportCommand}, maker{"version", versionCommand},
		// As other programs have them.
		maker{"detect", detectCommand}, maker{"protect", protectCommand}, maker{"config", configCommand}, maker{"filesystem", filesystemCommand},
	)
}

// commands returns the command that the command line begins with, or all of them if
// it begins with none: to make all takes longer than anything else that happens
// before a hook begins to read.
func (a *app) commands() (all []*cobra.Command) {
	list := makers()
	if len(a.args) > 0 {
		if i := slices.IndexFunc(list, func(m maker) bool { return m.name == a.args[0] }); i >= 0 {
			list = list[i : i+1]
		}
	}
	for _, m := range list {
		all = append(all, m.make(a))
	}
	return all
}
