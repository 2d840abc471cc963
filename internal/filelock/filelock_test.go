package filelock

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// holder makes the test's own binary a process that locks the file of that name.
const holder = "INKSTONE_TEST_LOCK"

func TestMain(m *testing.M) {
	if path := os.Getenv(holder); path != "" {
		_, err := Try(path)
		fmt.Println("locked", err)
		time.Sleep(time.Minute)
		return
	}
	os.Exit(m.Run())
}

// A process that is killed releases its lock.
func TestKilledProcessReleases(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	c := exec.Command(os.Args[0])
	c.Env = append(os.Environ(), holder+"="+path)
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil || !strings.Contains(line, "locked <nil>") {
		t.Fatalf("the other process said %q, %v", line, err)
	}
	if _, err := Try(path); !errors.Is(err, ErrHeld) {
		t.Errorf("error is %v, want %v", err, ErrHeld)
	}
	waited := make(chan error)
	told := make(chan bool, 1)
	go func() {
		l, err := Wait(context.Background(), path, func() { told <- true })
		if err == nil {
			err = l.Release()
		}
		waited <- err
	}()
	<-told
	c.Process.Kill()
	c.Wait()
	if err := <-waited; err != nil {
		t.Error(err)
	}
}

func TestWaitEnds(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	l, err := Try(path)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	if _, err := Wait(ctx, path, cancel); !errors.Is(err, context.Canceled) {
		t.Errorf("error is %v, want that of the context", err)
	}
	if err := l.Release(); err != nil {
		t.Fatal(err)
	}
	if l, err = Try(path); err != nil {
		t.Fatal(err)
	}
	l.Release()
}

func TestErrors(t *testing.T) {
	for _, err := range []error{syscall.ENOLCK, syscall.ENOSYS, &os.PathError{Op: "Lock", Err: errors.ErrUnsupported}} {
		if got := kind(err); !errors.Is(got, ErrUnsupported) {
			t.Errorf("%v becomes %v, want %v", err, got, ErrUnsupported)
		}
	}
	dir := t.TempDir()
	if _, err := Try(filepath.Join(dir, "absent", "lock")); !errors.Is(err, os.ErrNotExist) || strings.Contains(err.Error(), dir) {
		t.Errorf("error is %v, want one without the path", err)
	}
}
