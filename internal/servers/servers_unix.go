//go:build unix

package servers

import (
	"os"
	"os/exec"
	"os/user"
	"strconv"
	"syscall"
)

// As makes cmd run as a user of the system, if the test runs as root.
func As(cmd *exec.Cmd, name string) error {
	uid, gid, err := ids(name)
	if err != nil || os.Getuid() != 0 {
		return err
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uid, Gid: gid}}
	return nil
}

func ids(name string) (uid, gid uint32, err error) {
	if os.Getuid() != 0 {
		return 0, 0, nil
	}
	u, err := user.Lookup(name)
	if err != nil {
		return 0, 0, err
	}
	a, errA := strconv.ParseUint(u.Uid, 10, 32)
	b, errB := strconv.ParseUint(u.Gid, 10, 32)
	if errA != nil {
		return 0, 0, errA
	}
	return uint32(a), uint32(b), errB
}

func give(folder, name string) error {
	uid, gid, err := ids(name)
	if err != nil || os.Getuid() != 0 {
		return err
	}
	return os.Chown(folder, int(uid), int(gid))
}

func group(cmd *exec.Cmd) {
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	cmd.SysProcAttr.Setpgid = true
}

func kill(cmd *exec.Cmd) { _ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
