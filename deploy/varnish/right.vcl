# Where it listens is said on its command line: varnishd -a 127.0.0.1:8080 -f FILE
vcl 4.1;

backend app { .host = "127.0.0.1"; .port = "3004"; }

# Bytes pass as they come, and each end sees the other leave. Without it Varnish tells the server only when it next has
# something to send, looks into its cache first, and lets the second of two equal requests wait for the first.
sub vcl_recv {
    return (pipe);
}

# An upgrade is of one connection, so that Varnish does not pass it on by itself: without both lines no WebSocket.
sub vcl_pipe {
    if (req.http.Upgrade) {
        set bereq.http.Upgrade = req.http.Upgrade;
        set bereq.http.Connection = req.http.Connection;
    }
}
