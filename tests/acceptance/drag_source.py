"""A program from which something is dragged: the source's side of XDND (freedesktop.org, version 5), on libX11 alone."""
import ctypes
import time
from ctypes import POINTER, Structure, Union, byref, c_char_p, c_int, c_long, c_ubyte, c_ulong, c_void_p

CLIENT_MESSAGE, SELECTION_REQUEST, SELECTION_NOTIFY = 33, 30, 31
ATOM, REPLACE, BYTES = 4, 0, 8
VERSION = 5


class ClientMessage(Structure):
    _fields_ = [("type", c_int), ("serial", c_ulong), ("send_event", c_int), ("display", c_void_p), ("window", c_ulong),
                ("message_type", c_ulong), ("format", c_int), ("data", c_long * 5)]


class SelectionRequest(Structure):
    _fields_ = [("type", c_int), ("serial", c_ulong), ("send_event", c_int), ("display", c_void_p), ("owner", c_ulong),
                ("requestor", c_ulong), ("selection", c_ulong), ("target", c_ulong), ("property", c_ulong), ("time", c_ulong)]


class SelectionNotify(Structure):
    _fields_ = [("type", c_int), ("serial", c_ulong), ("send_event", c_int), ("display", c_void_p), ("requestor", c_ulong),
                ("selection", c_ulong), ("target", c_ulong), ("property", c_ulong), ("time", c_ulong)]


class Event(Union):
    _fields_ = [("type", c_int), ("client", ClientMessage), ("request", SelectionRequest), ("notify", SelectionNotify),
                ("pad", c_long * 24)]


def load():
    x = ctypes.CDLL("libX11.so.6")
    for name, result, arguments in (
            ("XOpenDisplay", c_void_p, [c_char_p]), ("XDefaultRootWindow", c_ulong, [c_void_p]),
            ("XInternAtom", c_ulong, [c_void_p, c_char_p, c_int]), ("XPending", c_int, [c_void_p]),
            ("XCreateSimpleWindow", c_ulong, [c_void_p, c_ulong] + [c_int] * 5 + [c_ulong] * 2),
            ("XSetSelectionOwner", c_int, [c_void_p, c_ulong, c_ulong, c_ulong]),
            ("XSendEvent", c_int, [c_void_p, c_ulong, c_int, c_long, POINTER(Event)]),
            ("XNextEvent", c_int, [c_void_p, POINTER(Event)]), ("XSync", c_int, [c_void_p, c_int]),
            ("XChangeProperty", c_int, [c_void_p, c_ulong, c_ulong, c_ulong, c_int, c_int, c_char_p, c_int]),
            ("XGetWindowProperty", c_int, [c_void_p, c_ulong, c_ulong, c_long, c_long, c_int, c_ulong, POINTER(c_ulong),
                                           POINTER(c_int), POINTER(c_ulong), POINTER(c_ulong), POINTER(POINTER(c_ubyte))]),
            ("XFree", c_int, [c_void_p]), ("XCloseDisplay", c_int, [c_void_p])):
        function = getattr(x, name)
        function.restype, function.argtypes = result, arguments
    return x


class DragSource:
    def __init__(self, display, patience):
        self.x, self.patience = load(), patience
        self.display = self.x.XOpenDisplay(display.encode())
        assert self.display, display
        root = self.x.XDefaultRootWindow(self.display)
        self.window = self.x.XCreateSimpleWindow(self.display, root, -10, -10, 1, 1, 0, 0, 0)
        self.x.XSync(self.display, 0)

    def close(self):
        self.x.XCloseDisplay(self.display)

    def atom(self, name):
        return self.x.XInternAtom(self.display, name.encode(), 0)

    def aware(self, window):
        """The version of the protocol that a window says it knows; 0 for none."""
        kind, form, count, rest = c_ulong(), c_int(), c_ulong(), c_ulong()
        data = POINTER(c_ubyte)()
        self.x.XGetWindowProperty(self.display, window, self.atom("XdndAware"), 0, 1, 0, ATOM, byref(kind), byref(form), byref(count),
                                  byref(rest), byref(data))
        if not data or count.value == 0:
            return 0
        version = ctypes.cast(data, POINTER(c_ulong))[0]
        self.x.XFree(data)
        return version

    def tell(self, window, what, *numbers):
        event = Event()
        event.client.type, event.client.window, event.client.format = CLIENT_MESSAGE, window, 32
        event.client.message_type = self.atom(what)
        event.client.data[0] = self.window
        for place, number in enumerate(numbers, 1):
            event.client.data[place] = number
        self.x.XSendEvent(self.display, window, 0, 0, byref(event))
        self.x.XSync(self.display, 0)

    def heard(self, what, serve=None):
        """The numbers of the next message of a kind; asked for the data meanwhile, it gives what is dragged."""
        end = time.monotonic() + self.patience
        while time.monotonic() < end:
            if not self.x.XPending(self.display):
                time.sleep(0.01)
                continue
            event = Event()
            self.x.XNextEvent(self.display, byref(event))
            if event.type == SELECTION_REQUEST and serve is not None:
                self.give(event.request, serve)
            elif event.type == CLIENT_MESSAGE and event.client.message_type == self.atom(what):
                return list(event.client.data)
        raise AssertionError(f"no {what} came")

    def give(self, request, data):
        self.x.XChangeProperty(self.display, request.requestor, request.property, request.target, BYTES, REPLACE, data, len(data))
        event = Event()
        answer = event.notify
        answer.type, answer.requestor, answer.selection = SELECTION_NOTIFY, request.requestor, request.selection
        answer.target, answer.property, answer.time = request.target, request.property, request.time
        self.x.XSendEvent(self.display, request.requestor, 0, 0, byref(event))
        self.x.XSync(self.display, 0)

    def drop(self, window, data, kind="text/uri-list", at=(200, 200)):
        """Drags data over a window and lets go of it there; whether the window wanted it."""
        assert self.aware(window) >= 3, "the window takes no drops"
        self.x.XSetSelectionOwner(self.display, self.atom("XdndSelection"), self.window, 0)
        self.tell(window, "XdndEnter", VERSION << 24, self.atom(kind), 0, 0)
        # A person moves it in some steps.
        for step in range(3):
            self.tell(window, "XdndPosition", 0, (at[0] + step) << 16 | at[1], 0, self.atom("XdndActionCopy"))
            wanted = self.heard("XdndStatus")[1] & 1
        if not wanted:
            self.tell(window, "XdndLeave")
            return False
        self.tell(window, "XdndDrop", 0, 0)
        self.heard("XdndFinished", data)
        return True
