package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/mudlark-scan/mudlark"
	"github.com/mudlark-scan/mudlark/hooks"
	"github.com/mudlark-scan/mudlark/sources/git"
)

// What --over-budget may say.
const (
	overPass = "pass"
	overFail = "fail"
)

// received is the job of a hook where a push arrives, none if nothing new is sent.
// All refs of a push are judged together by pre-receive, and one by one by update.
func (h *hookRun) received(hook string, args []string) (mudlark.Job, error) {
	var updates []hooks.Update
	var err error
	if hook == hooks.UpdateRef {
		var u hooks.Update
		u, err = hooks.Received(args[0], args[1], args[2])
		updates = append(updates, u)
	} else {
		updates, err = hooks.ReadReceive(h.sys.in)
	}
	sent, known := hooks.Sent(updates)
	if err != nil || len(sent) == 0 {
		return mudlark.Job{}, err
	}
	shallow, err := h.shallow()
	if err != nil {
		return mudlark.Job{}, err
	}
	return h.gitJob(map[string]any{
		"push":   map[string]any{"new": sent, "known": known, "received": true, "refs": hooks.NewRefs(updates), "shallow": shallow},
		"budget": h.budget,
	})
}

// shallow returns the commits where history will end if the push of a shallow clone
// is accepted.
func (h *hookRun) shallow() ([]string, error) {
	path := h.sys.getenv("GIT_SHALLOW_FILE")
	if path == "" {
		return nil, nil
	}
	text, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("where history ends: %w", err)
	}
	return strings.Fields(string(text)), nil
}

// gitJob is a job on the repository that git runs the hook in, with all folders of
// objects that git names.
func (h *hookRun) gitJob(options map[string]any) (mudlark.Job, error) {
	var objects []string
	for _, dir := range hooks.ObjectDirs(h.sys.getenv("GIT_OBJECT_DIRECTORY"), h.sys.getenv("GIT_QUARANTINE_PATH"),
		h.sys.getenv("GIT_ALTERNATE_OBJECT_DIRECTORIES")) {
		abs, err := filepath.Abs(dir)
		if err != nil {
			return mudlark.Job{}, err
		}
		objects = append(objects, abs)
	}
	options["path"], options["objects"] = h.repository(), objects
	return jobOf("git", options)
}

// trusted opens what the configuration of a server's hook is taken from if its owner
// names none: the commit that HEAD stands for before the push.
func (h *hookRun) trusted() (*baseFiles, func(), error) {
	view, err := git.NewView(h.repository())
	if err != nil {
		return nil, nil, fmt.Errorf("the configuration in the default branch: %w", err)
	}
	head, err := view.Head()
	if err != nil {
		_ = view.Close()
		return nil, nil, fmt.Errorf("the configuration in the default branch: %w", err)
	}
	read := func(name string) ([]byte, error) {
		if head == "" {
			return nil, fs.ErrNotExist
		}
		return view.ReadFile(head, name, maxPolicyBytes)
	}
	return &baseFiles{read, "HEAD"}, func() { _ = view.Close() }, nil
}
