# Runs a program on a pseudo terminal: pseudo-terminal.py COLUMNS ROWS PROGRAM ARGUMENT…
# Writes what the program writes as lines of JSON, each with its time in milliseconds, and last how it
# ended with the CPU seconds that it took. Reads commands: "resize COLUMNS ROWS", "type TEXT" (JSON).
import base64, fcntl, json, os, pty, resource, select, signal, struct, sys, termios, time

columns, rows = int(sys.argv[1]), int(sys.argv[2])


def resize(descriptor, columns, rows):
    fcntl.ioctl(descriptor, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))


def say(value):
    sys.stdout.write(json.dumps(value) + "\n")
    sys.stdout.flush()


begin = time.monotonic()
now = lambda: (time.monotonic() - begin) * 1000
child, master = pty.fork()
if child == 0:
    resize(0, columns, rows)
    os.execvp(sys.argv[3], sys.argv[3:])
resize(master, columns, rows)
pending = b""
sources = [master, 0]
while master in sources:
    ready, _, _ = select.select(sources, [], [])
    if master in ready:
        try:
            data = os.read(master, 65536)
        except OSError:
            data = b""
        if data:
            say({"at": now(), "data": base64.b64encode(data).decode()})
        else:
            sources.remove(master)
    if 0 in ready:
        read = os.read(0, 65536)
        if not read:
            sources.remove(0)
        pending += read
        *lines, pending = pending.split(b"\n")
        for line in lines:
            word, rest = line.decode().split(" ", 1)
            if word == "resize":
                size = list(map(int, rest.split()))
                # What was written before is drawn on the old screen.
                while select.select([master], [], [], 0)[0]:
                    say({"at": now(), "data": base64.b64encode(os.read(master, 65536)).decode()})
                resize(master, *size)
                say({"at": now(), "size": size})
            elif word == "type":
                os.write(master, json.loads(rest).encode())
            elif word == "signal":
                os.kill(child, getattr(signal, rest))
_, status = os.waitpid(child, 0)
usage = resource.getrusage(resource.RUSAGE_CHILDREN)
say({
    "at": now(),
    "code": os.WEXITSTATUS(status) if os.WIFEXITED(status) else None,
    "signal": os.WTERMSIG(status) if os.WIFSIGNALED(status) else None,
    "cpu": usage.ru_utime + usage.ru_stime,
})
