//go:build unix

package main

import (
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"time"

	"github.com/mudlark-scan/mudlark/internal/bigrepo"
)

// A cost is what one process took.
type cost struct {
	wall, cpu time.Duration
	rss       int64 // bytes at the peak; 0: not known
}

// repeats is how often each program runs; the run that took the least counts,
// since other work on the machine only ever adds.
const repeats = 3

func measure(dir, name string, args ...string) cost {
	return best(func() *exec.Cmd {
		cmd := exec.Command(name, args...)
		cmd.Dir, cmd.Env = dir, bigrepo.Env()
		return cmd
	})
}

func measureInput(dir, input, name string, args ...string) cost {
	return best(func() *exec.Cmd {
		cmd := exec.Command(name, args...)
		cmd.Dir = dir
		cmd.Stdin, _ = os.Open(input) // none is an empty one, which shows
		return cmd
	})
}

func best(command func() *exec.Cmd) (least cost) {
	for i := range repeats {
		cmd := command()
		start := time.Now()
		_ = cmd.Run() // findings are an exit code
		if file, ok := cmd.Stdin.(*os.File); ok {
			_ = file.Close()
		}
		c := cost{wall: time.Since(start), cpu: cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()}
		if usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
			c.rss = usage.Maxrss << 10
		}
		if i == 0 || c.cpu < least.cpu {
			least = c
		}
	}
	return least
}

func header() {
	fmt.Println("| what | CPU | peak memory | beside it | CPU | ratio |")
	fmt.Println("|---|---|---|---|---|---|")
}

// row prints what one thing took beside another.
func row(what string, c cost, beside string, other cost) {
	fmt.Printf("| %s | %v | %s | %s | %v | %.2f |\n", what, round(c.cpu), megabytes(c), beside, round(other.cpu),
		c.cpu.Seconds()/max(other.cpu.Seconds(), 1e-9))
}

// alone prints what a thing took that has nothing beside it.
func alone(what string, c cost) {
	fmt.Printf("| %s | %v | %s | | | |\n", what, round(c.cpu), megabytes(c))
}

func megabytes(c cost) string {
	if c.rss == 0 {
		return ""
	}
	return fmt.Sprintf("%d MB", c.rss>>20)
}

func round(d time.Duration) time.Duration {
	if d < time.Second {
		return d.Round(100 * time.Microsecond)
	}
	return d.Round(10 * time.Millisecond)
}
