package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/mudlark-scan/mudlark/rules"
	"github.com/mudlark-scan/mudlark/suppress"
)

// A configuration is the rules and suppressions of a scan, and where they came
// from.
type configuration struct {
	set      *rules.Set
	sets     []string // optional ones that were chosen
	suppress []suppress.List
	files    []string // that were honoured
	warnings []string
	notices  []string // as warnings, but not worth a word in every hook
	notes    []string // for the record of what was read
}

func (s *scan) configuration() (configuration, error) {
	var c configuration
	if s.from != nil && s.from.commit == nil {
		c.set = rules.Builtin()
		return c, nil
	}
	if err := s.loadRules(&c); err != nil {
		return c, err
	}
	if err := c.set.Select(s.flags.enable, s.flags.disable); err != nil {
		return c, err
	}
	c.warnings = append(c.warnings, c.set.Warnings...)
	if err := s.loadIgnore(&c); err != nil {
		return c, err
	}
	if err := s.loadBaselines(&c); err != nil {
		return c, err
	}
	if s.flags.foreign.strict {
		c.set.AsWritten()
	}
	if s.base == nil && s.from == nil {
		s.leaveOut(&c)
	}
	return c, nil
}

// loadRules takes the first configuration there is: what the command line
// names, what the environment names, what lies in the place that is scanned,
// the built-in rules.
func (s *scan) loadRules(c *configuration) error {
	var err error
	if c.sets, err = rules.Choose(s.flags.sets); err != nil {
		return err
	}
	if len(s.flags.enable) > 0 { // who names a rule wants it, whatever set it is in
		c.sets = rules.Sets()
	}
	path := s.flags.config
	for _, tool := range append([]string{"MUDLARK"}, upper(s.others())...) {
		if path != "" {
			break
		}
		path = s.sys.getenv(tool + "_CONFIG")
		if text := s.sys.getenv(tool + "_CONFIG_TOML"); path == "" && text != "" {
			if err := c.parse(tool+"_CONFIG_TOML", []byte(text)); err != nil {
				return err
			}
			return s.outside(c.set.Files[1:]) // the first is the text itself
		}
	}
	scanned := path == ""
	if scanned && s.base != nil {
		return s.base.loadRules(c)
	}
	if scanned {
		path = s.findConfig(c)
	} else if err := s.checkFile(path); err != nil {
		return errNoConfig(path, cause(err))
	}
	if path == "" {
		c.set = rules.Builtin(c.sets...)
		return nil
	}
	if err := c.load(s, path); err != nil || !scanned {
		return err
	}
	// Whoever may write to what is scanned must not say where secrets go.
	policy := c.set.Policy != nil
	if lost := c.set.Distrust(); s.verify.on && (policy || len(lost) > 0) {
		c.warnings = append(c.warnings, fmt.Sprintf("%s lies in what is scanned, so what it says of asking providers is not used: name it with --config if you trust it", s.fileName(path)))
	}
	return nil
}

func (c *configuration) load(s *scan, path string) (err error) {
	c.set, err = s.loadSet(path, c.sets)
	if err != nil {
		return errConfig(s.fileName(path), err)
	}
	c.files = append(c.files, s.fileName(path))
	return nil
}

func (c *configuration) parse(name string, text []byte) (err error) {
	c.set, err = rules.Parse(name, text, c.sets...)
	if err != nil {
		return errConfig(name, err)
	}
	c.files = append(c.files, name)
	return nil
}

// findConfig returns the configuration in what is scanned: ours, else that of the
// first of other tools that has one.
func (s *scan) findConfig(c *configuration) (first string) {
	names := []string{"mudlark.toml"}
	for _, tool := range s.others() {
		names = append(names, "."+tool+".toml")
	}
	for _, name := range names {
		switch path := s.inTarget(name); {
		case path == "":
			if first == "" {
				s.tellNoFile(c, name)
			}
		case first == "":
			first = path
		default:
			c.warnings = append(c.warnings, fmt.Sprintf("there is a %s, so %s is not used", filepath.Base(first), name))
		}
	}
	return first
}

// noFile says of what would configure a scan that it is not used. A link might lead
// anywhere.
func noFile(name string) string {
	return name + " is a link or a folder and no file, so it is not used: put the file itself there, or name it on the command line"
}

// tellNoFile warns of what would configure the scan and is no file, so that nobody
// wonders why it does not.
func (s *scan) tellNoFile(c *configuration, name string) {
	if s.isNoFile(name) {
		c.warnings = append(c.warnings, noFile(name))
	}
}

// loadIgnore reads the ignore files: ours, and those of other tools.
func (s *scan) loadIgnore(c *configuration) error {
	path := s.flags.ignoreFile
	if path == "" && s.base != nil {
		s.base.loadIgnore(c)
		return nil
	}
	if path == "" {
		if path = s.inTarget(".mudlarkignore"); path == "" {
			s.tellNoFile(c, ".mudlarkignore")
		}
	}
	if path != "" {
		ignore := c.newIgnore()
		if err := s.readIgnore(c, path, ignore.Read); err != nil {
			return err
		}
		c.suppress = append(c.suppress, ignore)
	}
	if s.base != nil { // what lies about is not to be trusted
		return nil
	}
	return s.loadForeignIgnore(c)
}

// newIgnore is an ignore file's content, of which nothing was read.
func (c *configuration) newIgnore() *suppress.Ignore {
	return &suppress.Ignore{Names: rules.Names, Reasons: c.set.Suppressions.NeedsReasons()}
}

// readIgnore reads a file that is to be honoured.
func (s *scan) readIgnore(c *configuration, path string, read func(name string, r io.Reader) error) error {
	file, err := s.openFile(path)
	if err != nil {
		return errIgnoreFile(s.fileName(path), err)
	}
	defer file.Close()
	if err := read(s.placeName(path), file); err != nil {
		return errIgnoreFile(s.fileName(path), err)
	}
	c.files = append(c.files, s.fileName(path))
	return nil
}

// loadBaselines reads the reports whose findings do not count.
func (s *scan) loadBaselines(c *configuration) error {
	opts := suppress.BaselineOptions{Names: rules.Names}
	if s.sys.getenv("MUDLARK_KEY") == "" {
		opts.Guessable = func(id string) bool {
			r := c.set.Rule(id)
			return r != nil && r.Guessable
		}
	}
	for _, path := range s.flags.baselines {
		file, err := s.openFile(path)
		if err != nil {
			return errBaseline(path, fmt.Errorf("baseline: %w", err))
		}
		list, notices, err := suppress.ReadBaseline(s.placeName(path), file, opts)
		_ = file.Close()
		if err != nil {
			return errBaseline(s.fileName(path), err)
		}
		c.suppress = append(c.suppress, list)
		c.warnings = append(c.warnings, notices...)
		c.files = append(c.files, s.fileName(path))
	}
	return nil
}

// inTarget returns the path of a file in the folder target, empty if it is not there.
func inTarget(target, name string) string {
	path := filepath.Join(target, name)
	if info, err := os.Lstat(path); err != nil || !info.Mode().IsRegular() {
		return ""
	}
	return path
}

// cause is err without the operation and path that its context names already.
func cause(err error) error {
	if p, ok := errors.AsType[*fs.PathError](err); ok {
		return p.Err
	}
	return err
}
