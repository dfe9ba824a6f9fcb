package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"

	"github.com/mudlark-scan/mudlark/rules"
	"github.com/mudlark-scan/mudlark/sources/git"
	"github.com/mudlark-scan/mudlark/suppress"
)

// A baseFiles reads configuration and ignore file from a commit that does not hold
// what is scanned, so that no change can acquit itself.
type baseFiles struct {
	read func(name string) ([]byte, error)
	from string // as in "HEAD"
}

// loadRules takes the configuration of the commit, else the built-in rules. One
// that is damaged is told and stops nobody, or what mends it could not come in.
func (b *baseFiles) loadRules(c *configuration) error {
	c.set = rules.Builtin(c.sets...)
	found := ""
	for _, name := range []string{"mudlark.toml", ".betterleaks.toml", ".gitleaks.toml"} {
		switch _, err := b.read(name); {
		case errors.Is(err, fs.ErrNotExist):
		case errors.Is(err, git.ErrNoFile):
			if found == "" {
				c.warnings = append(c.warnings, noFile(b.name(name)))
			}
		case err != nil:
			return errConfig(b.name(name), err)
		case found != "":
			c.warnings = append(c.warnings, fmt.Sprintf("there is a %s, so %s is not used", found, name))
		default:
			found = name
		}
	}
	if found == "" {
		return nil
	}
	set, err := rules.LoadFrom(found, b.read, c.sets...)
	if err != nil {
		c.warnings = append(c.warnings, fmt.Sprintf("the built-in rules are used, as those of %s cannot be: %v", b.name(found), err))
		return nil
	}
	set.Distrust()
	c.set, c.files = set, append(c.files, b.name(found))
	return nil
}

// loadIgnore takes the ignore files of the commit, ours and that of another tool, but
// none that is damaged.
func (b *baseFiles) loadIgnore(c *configuration) {
	b.readIgnore(c, ".mudlarkignore", (*suppress.Ignore).Read)
	foreign := func(i *suppress.Ignore, name string, r io.Reader) error {
		_, err := i.ReadForeign(name, r)
		return err
	}
	if !b.readIgnore(c, ".betterleaksignore", foreign) {
		b.readIgnore(c, ".gitleaksignore", foreign)
	}
}

// readIgnore reads an ignore file of the commit and reports whether there is one.
func (b *baseFiles) readIgnore(c *configuration, file string, read func(*suppress.Ignore, string, io.Reader) error) bool {
	name := b.name(file)
	text, err := b.read(file)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, git.ErrNoFile) {
		return false
	}
	ignore := c.newIgnore()
	if err == nil {
		err = read(ignore, name, bytes.NewReader(text))
	}
	if err != nil {
		c.warnings = append(c.warnings, fmt.Sprintf("nothing is ignored, as %s cannot be read: %v", name, err))
		return true
	}
	c.suppress, c.files = append(c.suppress, ignore), append(c.files, name)
	return true
}

func (b *baseFiles) name(file string) string { return b.from + ":" + file }
