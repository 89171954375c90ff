"""A server for one webhook or mail at a time, that misbehaves on command. Arguments: KIND MODE [CERTIFICATE KEY].

KIND: http, https, smtp, smtps. MODE: ok; status-N (HTTP, or SMTP's answer to the recipient); redirect; silent; cut (closes after
the greeting or the request); large (an endless answer). Prints its port, and for each connection a line with all that it read,
"|" for each end of line. Ends when its standard input does."""

import os
import socket
import ssl
import sys
import threading

kind, mode = sys.argv[1], sys.argv[2]
lock = threading.Lock()


def tell(text):
    with lock:
        print(text.replace("\r\n", "|"), flush=True)


def read_until(sock, end, sofar=b""):
    while end not in sofar and len(sofar) < 65536:
        more = sock.recv(4096)
        if not more:
            break
        sofar += more
    return sofar


def http(sock):
    got = read_until(sock, b"\r\n\r\n")
    head, _, body = got.partition(b"\r\n\r\n")
    lengths = [int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")]
    while lengths and len(body) < lengths[0]:
        body += sock.recv(4096)
    tell((head + b"\r\n\r\n" + body).decode("latin-1"))
    if mode == "silent":
        sock.recv(1)
    elif mode == "large":
        sock.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 100000000\r\n\r\n")
        for _ in range(1000):
            sock.sendall(b"x" * 100000)
    elif mode == "redirect":
        sock.sendall(b"HTTP/1.1 307 Elders\r\nlocation: /elders\r\ncontent-length: 0\r\n\r\n")
    elif mode != "cut":
        status = mode[7:] if mode.startswith("status-") else "204"
        sock.sendall(b"HTTP/1.1 %s Antwoord\r\ncontent-length: 0\r\n\r\n" % status.encode())


def smtp(sock):
    if mode == "silent":
        sock.recv(1)
        return
    sock.sendall(b"220 proef\r\n")
    said, buffer = b"", b""
    while mode != "cut":
        buffer = read_until(sock, b"\r\n", buffer)
        line, there, buffer = buffer.partition(b"\r\n")
        if not there:
            break
        said += line + b"\r\n"
        word = line.split(b" ")[0].upper()
        if word == b"RCPT" and mode.startswith("status-"):
            sock.sendall(mode[7:].encode() + b" nee\r\n")
        elif word == b"DATA":
            sock.sendall(b"354 kom maar\r\n")
            buffer = read_until(sock, b"\r\n.\r\n", buffer)
            text, _, buffer = buffer.partition(b"\r\n.\r\n")
            said += text + b"\r\n.\r\n"
            sock.sendall(b"250 goed\r\n")
        else:
            sock.sendall(b"221 dag\r\n" if word == b"QUIT" else b"250 goed\r\n")
        if word == b"QUIT":
            break
    tell(said.decode("latin-1"))


def serve(sock, context):
    try:
        if context:
            sock = context.wrap_socket(sock, server_side=True)
        (http if kind.startswith("http") else smtp)(sock)
    except (OSError, ValueError) as failure:
        tell("fout " + type(failure).__name__)
    finally:
        sock.close()


def accept(listener, context):
    while True:
        sock, _ = listener.accept()
        sock.settimeout(30)
        threading.Thread(target=serve, args=(sock, context), daemon=True).start()


context = None
if kind.endswith("s"):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(sys.argv[3], sys.argv[4])
listener = socket.create_server(("127.0.0.1", 0))
tell(str(listener.getsockname()[1]))
threading.Thread(target=accept, args=(listener, context), daemon=True).start()
sys.stdin.read()
os._exit(0)
