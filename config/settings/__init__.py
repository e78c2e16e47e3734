"""Settings, one file per concern; the environment is read and checked in `environment.py`."""

from config.settings.apps import *
from config.settings.database import *
from config.settings.engine import *
from config.settings.environment import *
from config.settings.http import *
from config.settings.logs import *
from config.settings.mail import *
from config.settings.retention import *
from config.settings.security import *
from config.settings.sign_in import *
