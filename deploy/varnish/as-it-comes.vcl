# Where it listens is said on its command line: varnishd -a 127.0.0.1:8080 -f FILE
vcl 4.1;

backend app { .host = "127.0.0.1"; .port = "3004"; }
