package servers

import (
	"net"
	"os/exec"
	"testing"
	"time"
)

func TestStoppedServerTakesNoConnections(t *testing.T) {
	program := Need(t, "python3")
	port := Port(t)
	s := Start(t, exec.Command(program, "-m", "http.server", "--bind", "127.0.0.1", Address(port)[len("127.0.0.1:"):]), Dialled(Address(port)))
	s.Stop()
	if c, err := net.DialTimeout("tcp", Address(port), time.Second); err == nil {
		c.Close()
		t.Error("it still takes connections")
	}
}
