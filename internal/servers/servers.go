// Package servers starts real servers for tests, on loopback, in a folder of the
// test's own, and stops them at its end. Begin with Need and Start.
package servers

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"
)

// Required is the variable that turns a missing server from a skipped test into
// a failed one: whoever installs them all wants to know.
const Required = "MUDLARK_SERVERS"

// Need returns where a program is, in PATH or in one of the folders where
// systems keep servers. A test whose program is missing is skipped.
func Need(t testing.TB, program string) string {
	t.Helper()
	folders := []string{"/usr/sbin", "/usr/local/sbin", "/sbin", "/usr/lib/postgresql/*/bin", os.Getenv("MUDLARK_PEERS")}
	if path, err := exec.LookPath(program); err == nil {
		return path
	}
	for _, folder := range folders {
		found, err := filepath.Glob(filepath.Join(folder, program))
		if err == nil && len(found) > 0 && folder != "" {
			return found[len(found)-1]
		}
	}
	if os.Getenv(Required) != "" {
		t.Fatalf("%s is not installed; .ci/packages names what tests need", program)
	}
	t.Skipf("%s is not installed; .ci/packages names what tests need", program)
	return ""
}

// Port returns a port of loopback that was free just now.
func Port(t testing.TB) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

// Address is a port of loopback as it is dialled.
func Address(port int) string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(port)) }

// A Server is a process that a test started.
type Server struct {
	cmd  *exec.Cmd
	done chan struct{}
}

// Start starts cmd and waits until ready returns nil, which is tried until a
// minute has passed or the process ended. The test's end stops it.
func Start(t testing.TB, cmd *exec.Cmd, ready func() error) *Server {
	t.Helper()
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	group(cmd)
	if err := cmd.Start(); err != nil {
		t.Fatalf("starting %s: %v", cmd.Path, err)
	}
	s := &Server{cmd: cmd, done: make(chan struct{})}
	go func() {
		_ = cmd.Wait()
		close(s.done)
	}()
	t.Cleanup(s.Stop)
	end := time.Now().Add(time.Minute)
	for {
		err := ready()
		if err == nil {
			return s
		}
		select {
		case <-s.done:
			t.Fatalf("%s ended: %s", cmd.Path, out.Bytes())
		case <-time.After(20 * time.Millisecond):
		}
		if time.Now().After(end) {
			s.Stop()
			t.Fatalf("%s is not ready: %v\n%s", cmd.Path, err, out.Bytes())
		}
	}
}

// Stop ends the process and all it started, and waits for it. It may be called
// again.
func (s *Server) Stop() {
	kill(s.cmd)
	<-s.done
}

// Dialled returns a function for Start that is content when address takes
// connections.
func Dialled(address string) func() error {
	return func() error {
		c, err := net.DialTimeout("tcp", address, time.Second)
		if err != nil {
			return err
		}
		return c.Close()
	}
}

// Run runs a program to its end, which a server needs before it starts.
func Run(t testing.TB, cmd *exec.Cmd) {
	t.Helper()
	if text, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", cmd.Path, err, text)
	}
}

// Folder returns a folder for a server's files that user may write to, if the
// test runs as root; many servers refuse to be root.
func Folder(t testing.TB, user string) string {
	t.Helper()
	folder, err := os.MkdirTemp("", "server")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(folder) })
	if user != "" {
		if err := give(folder, user); err != nil {
			t.Fatal(fmt.Errorf("giving a folder to %s: %w", user, err))
		}
	}
	return folder
}
